import { screen, waitFor, within } from '@testing-library/react';
import {
  open,
  press,
  role,
  saveButton,
  shipped,
  user,
} from '../../__testUtils__/openAccessPage';
import { PoliciesApiError } from '../../api/PoliciesApiError';
import { saveFile } from '../../browser/saveFile';

jest.mock('../../browser/saveFile', () => ({ saveFile: jest.fn() }));

beforeEach(() => sessionStorage.clear());

describe('AccessPage', () => {
  it('says in plain words who may do what', async () => {
    await open();
    const member = await role('Member');
    expect(
      within(member).getByText(
        'may order clusters of size small in Distributed Systems 2026, for themselves',
      ),
    ).toBeInTheDocument();
    expect(
      within(member).getByText(
        'may see and delete their own clusters everywhere',
      ),
    ).toBeInTheDocument();
    expect(
      within(member).getByText('Everybody who is signed in'),
    ).toBeInTheDocument();
    expect(
      await within(await role('Administrator')).findByText('Ada Lovelace'),
    ).toBeInTheDocument();
  });

  it('answers what a person may do with a cluster, with the rule', async () => {
    await open();
    await user.click(
      await screen.findByRole('tab', { name: 'What could this person do?' }),
    );
    await user.type(screen.getByRole('combobox', { name: 'Person' }), 'Sam');
    await user.click(
      await screen.findByRole('option', { name: /Sam Student/ }),
    );
    expect(
      await screen.findByRole('row', {
        name: 'Distributed Systems 2026 yes Member: may order clusters of size small in Distributed Systems 2026, for themselves –',
      }),
    ).toBeInTheDocument();
    await user.click(screen.getByRole('combobox', { name: /Cluster/ }));
    await user.click(await screen.findByRole('option', { name: /demo/ }));
    expect(
      await screen.findByRole('row', {
        name: 'Delete yes Member: may see and delete their own clusters everywhere',
      }),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('row', { name: 'Scale no No rule allows it' }),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('row', { name: 'Access no No rule allows it' }),
    ).toBeInTheDocument();
    // Another name is another question: the answers about Sam go.
    await user.type(screen.getByRole('combobox', { name: 'Person' }), ' B');
    expect(
      screen.queryByRole('row', { name: 'Scale no No rule allows it' }),
    ).not.toBeInTheDocument();
  });

  it('shows who changed what, and goes back with a reason', async () => {
    const { policies } = await open(api => {
      api.texts.push(shipped.replace('title: Member', 'title: Guest'));
      api.infos.push({
        version: 1,
        author: 'user:default/eve',
        reason: 'Other words',
        createdAt: Date.now() - 60_000,
      });
    });
    await user.click(await screen.findByRole('tab', { name: 'History' }));
    const versions = within(
      await screen.findByRole('list', { name: 'Versions' }),
    );
    expect(versions.getByText('Other words')).toBeInTheDocument();
    await press('What version 1 changed');
    const lines = within(
      await screen.findByRole('list', { name: 'Changes of version 1' }),
    );
    expect(lines.getByText(/title: Guest/)).toHaveTextContent('Added:');
    expect(lines.getByText(/title: Member/)).toHaveTextContent('Removed:');

    await press('Go back to version 0');
    const dialog = within(await screen.findByRole('dialog'));
    const back = dialog.getByRole('button', { name: 'Go back' });
    expect(back).toBeDisabled();
    await user.type(
      dialog.getByRole('textbox', { name: /Reason/ }),
      'A mistake',
    );
    await user.click(back);
    await waitFor(() => expect(policies.texts).toHaveLength(3));
    expect(policies.texts[2]).toBe(shipped);
    expect(await versions.findByText(/Version 2/)).toBeInTheDocument();
  });

  it('gives and takes files', async () => {
    await open();
    await press('Export');
    expect(saveFile).toHaveBeenCalledWith(
      'kubesmith-policies-0.yaml',
      shipped,
      'application/yaml',
    );
    const text = shipped.replace('Member', 'Imported');
    const file = new File([text], 'policies.yaml');
    // jsdom's files cannot be read like those of browsers.
    file.text = async () => text;
    await user.upload(screen.getByLabelText('File with policies'), file);
    expect(
      await screen.findByRole('textbox', { name: 'Policies as YAML' }),
    ).toHaveValue(text);
    expect(saveButton()).toBeInTheDocument();
  });

  it('only shows what is kept in files, and says loudly when they are broken', async () => {
    await open(api => {
      api.source = 'files';
      api.health = {
        status: 'failing',
        problems: [
          { path: 'roles', file: 'p.yaml', line: 3, message: 'is no list' },
        ],
      };
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /last good ones stay in force.*p.yaml:3 roles: is no list/,
    );
    expect(screen.getByText(/kubesmith.policies.files/)).toBeInTheDocument();
    expect(await role('Member')).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: /Edit|Add|Import/ }),
    ).not.toBeInTheDocument();
    expect(screen.queryByRole('tab', { name: 'History' })).toBeNull();
  });

  it('says that another policy engine decides', async () => {
    await open(api => {
      jest
        .spyOn(api, 'current')
        .mockRejectedValue(
          new PoliciesApiError({ status: 404, message: 'Not found' }),
        );
    });
    expect(
      await screen.findByText('Not available with this policy engine'),
    ).toBeInTheDocument();
  });

  it('tells everybody else what they themselves may do', async () => {
    await open(api => {
      jest
        .spyOn(api, 'current')
        .mockRejectedValue(
          new PoliciesApiError({ status: 403, message: 'You may not' }),
        );
      jest.spyOn(api, 'explain').mockResolvedValue({
        items: [
          {
            verb: 'read',
            allowed: true,
            because: 'allow',
            role: { name: 'member', title: 'Member' },
            rule: 1,
          },
          { verb: 'read-audit', allowed: false, because: 'nothing' },
        ],
        environments: [],
        roles: [
          { name: 'member', title: 'Member', description: 'Orders clusters.' },
        ],
      });
    });
    expect(
      await screen.findByRole('heading', { name: 'My access' }),
    ).toBeInTheDocument();
    expect(
      screen.getByText('You may order clusters in Distributed Systems 2026.'),
    ).toBeInTheDocument();
    expect(await screen.findByText('Orders clusters.')).toBeInTheDocument();
    expect(
      screen.getByRole('row', { name: 'Audit trail no No rule allows it' }),
    ).toBeInTheDocument();
    expect(screen.queryByRole('tab')).not.toBeInTheDocument();
  });
});
