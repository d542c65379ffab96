import { mockApis } from '@backstage/frontend-test-utils';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { MemoryPoliciesApi } from '../../__testUtils__/MemoryPoliciesApi';
import { aCluster, anEnvironment } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { PoliciesApiError } from '../../api/PoliciesApiError';
import { policiesApiRef } from '../../api/policiesApi';
import { saveFile } from '../../browser/saveFile';
import { AccessPage } from './AccessPage';

jest.mock('../../browser/saveFile', () => ({ saveFile: jest.fn() }));

const shipped = `apiVersion: kubesmith.io/v1
kind: Policies
roles:
  # Keep this.
  - name: administrator
    title: Administrator
    members: [user:default/ada]
    rules:
      - verbs: [manage-policy]
  - name: member
    title: Member
    description: Orders clusters.
    members: [$everyone]
    rules:
      - verbs: [create]
        where: { environments: [distributed-systems-2026] }
        whose: own
        sizes: [small]
      - { verbs: [read, delete], where: all, whose: own }
`;
const me = 'user:default/ada';
const entities = [
  ['User', 'ada', 'Ada Lovelace'],
  ['User', 'sam', 'Sam Student'],
  ['Group', 'first-year', 'First years'],
].map(([kind, name, displayName]) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind,
  metadata: { name, namespace: 'default' },
  spec: { profile: { displayName } },
}));

beforeEach(() => sessionStorage.clear());

async function open(prepare: (policies: MemoryPoliciesApi) => void = () => {}) {
  const policies = new MemoryPoliciesApi(shipped);
  policies.me = me;
  policies.cluster = aCluster({ owner: 'user:default/sam' });
  policies.people = [me, 'user:default/sam'].map(userRef => ({
    userRef,
    claims: [userRef],
  }));
  prepare(policies);
  const api = new MemoryKubesmithApi([policies.cluster]);
  api.environments = [
    anEnvironment(),
    anEnvironment({ name: 'research', title: 'Research', canOrder: false }),
  ];
  const view = await renderWithApi(<AccessPage />, {
    api,
    apis: [
      [policiesApiRef, policies],
      [catalogApiRef, catalogApiMock({ entities })],
      mockApis.identity({ userEntityRef: me }),
    ],
  });
  return { ...view, policies };
}

const user = userEvent.setup({ delay: null });
const role = (name: string) => screen.findByRole('group', { name });
const press = async (name: string | RegExp) =>
  user.click(await screen.findByRole('button', { name }));
const saveButton = () =>
  screen.getByRole('button', { name: 'Preview and save' });

/** Changes the title of the role Member. */
async function editMember(title: string) {
  await press('Edit Member');
  const field = within(await role('Member')).getByRole('textbox', {
    name: 'Title',
  });
  await user.clear(field);
  await user.type(field, title);
}

async function previewAndSave(reason: string) {
  await waitFor(() => expect(saveButton()).toBeEnabled());
  await user.click(saveButton());
  const dialog = await screen.findByRole('dialog', { name: 'Save access' });
  const save = within(dialog).getByRole('button', { name: 'Save' });
  expect(save).toBeDisabled();
  await user.type(
    within(dialog).getByRole('textbox', { name: /Reason/ }),
    reason,
  );
  await waitFor(() => expect(save).toBeEnabled());
  await user.click(save);
}

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

  it('gives a new role to people, with a preview and a reason', async () => {
    const { policies, toasts } = await open(api => {
      api.nextPreview = {
        changes: [
          {
            user: 'user:default/sam',
            verb: 'read',
            change: 'gains',
            cluster: {
              id: 'c',
              name: 'demo',
              environment: 'research',
              owner: me,
            },
          },
          { user: me, verb: 'manage-policy', change: 'loses' },
          {
            user: 'user:default/sam',
            verb: 'create',
            change: 'gains',
            environment: 'research',
          },
        ],
        total: 3,
        users: 2,
        clusters: 1,
        managers: 1,
      };
    });
    await press('Add a role');
    const form = within(await role('New role'));
    const title = form.getByRole('textbox', { name: 'Title' });
    await user.clear(title);
    await user.type(title, 'First-year students');

    await user.type(form.getByRole('combobox', { name: /Members/ }), 'First');
    await user.click(
      await screen.findByRole('option', { name: /First years/ }),
    );
    await user.click(form.getByRole('checkbox', { name: /^Order/ }));
    await user.click(form.getByRole('button', { name: /Where/ }));
    await user.click(
      await screen.findByRole('option', { name: 'In these environments' }),
    );
    await user.click(
      form.getByRole('checkbox', { name: 'Distributed Systems 2026' }),
    );
    await user.click(form.getByRole('radio', { name: 'Themselves' }));
    await user.click(form.getByRole('checkbox', { name: 'small' }));
    expect(
      form.getByText(
        'Members may order clusters of size small in Distributed Systems 2026, for themselves.',
      ),
    ).toBeInTheDocument();

    await waitFor(() => expect(saveButton()).toBeEnabled());
    await user.click(saveButton());
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Save access' }),
    );
    expect(
      await dialog.findByRole('row', {
        name: /sam.* gains See demo in Research/,
      }),
    ).toBeInTheDocument();
    expect(
      dialog.getByRole('row', { name: /sam.* gains Order Research/ }),
    ).toBeInTheDocument();
    expect(
      dialog.getByRole('row', { name: /loses Access the whole portal/ }),
    ).toBeInTheDocument();
    expect(
      dialog.getByRole('list', { name: 'Changed roles' }),
    ).toHaveTextContent(
      'First-year students (new role)New: Member: First yearsNew: may order clusters of size small in Distributed Systems 2026, for themselves',
    );
    expect(dialog.getByRole('alert')).toHaveTextContent(
      'You would lose the right to change access',
    );
    await user.type(
      dialog.getByRole('textbox', { name: /Reason/ }),
      'New term',
    );
    await user.click(dialog.getByRole('button', { name: 'Save' }));

    await waitFor(() => expect(policies.texts).toHaveLength(2));
    expect((await policies.current()).document.roles[2]).toEqual({
      name: 'first-year-students',
      title: 'First-year students',
      members: ['group:default/first-year'],
      rules: [
        {
          effect: 'allow',
          verbs: ['create'],
          where: { environments: ['distributed-systems-2026'] },
          whose: 'own',
          sizes: ['small'],
        },
      ],
    });
    expect(policies.texts[1]).toContain('# Keep this.');
    expect(policies.infos[0].reason).toBe('New term');
    expect(toasts.map(({ title: said }) => said)).toEqual([
      'Saved as version 1; it holds from now on',
    ]);
    await waitFor(() =>
      expect(
        screen.queryByRole('region', { name: 'Unsaved changes' }),
      ).not.toBeInTheDocument(),
    );
  }, 120_000);

  it('says beside the field what is wrong, and saves nothing of it', async () => {
    await open(api => {
      api.problems = yaml =>
        yaml.includes('first-year')
          ? [
              {
                path: 'roles[1].members[1]',
                line: 12,
                message:
                  "the catalog knows no group 'group:default/first-year'",
              },
            ]
          : [];
    });
    await press('Edit Member');
    const form = within(await role('Member'));
    await user.type(form.getByRole('combobox', { name: /Members/ }), 'First');
    await user.click(
      await screen.findByRole('option', { name: /First years/ }),
    );
    expect(
      await form.findByText(
        "The catalog knows no group 'group:default/first-year'",
      ),
    ).toBeInTheDocument();
    expect(saveButton()).toBeDisabled();

    await press('Remove First years');
    await press('Add a rule');
    expect(await form.findByText('Name at least one verb')).toBeInTheDocument();
    expect(saveButton()).toBeDisabled();
    await press('Remove rule 3');
    await waitFor(() =>
      expect(
        screen.queryByRole('region', { name: 'Unsaved changes' }),
      ).not.toBeInTheDocument(),
    );
  });

  it('keeps the edits when somebody else saved, shows the difference and puts them on top', async () => {
    const { policies } = await open();
    // Somebody else saves while the preview is looked at.
    const { preview } = policies;
    jest.spyOn(policies, 'preview').mockImplementationOnce(async handedIn => {
      policies.texts.push(
        shipped.replace('title: Administrator', 'title: Boss'),
      );
      return preview.call(policies, handedIn);
    });
    await editMember('Members');
    await previewAndSave('Better words');

    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('Somebody else saved version 1');
    const difference = within(
      screen.getByRole('list', { name: 'What they changed' }),
    );
    expect(difference.getByText(/title: Boss/)).toBeInTheDocument();
    expect(policies.texts).toHaveLength(2);
    await press('Put my changes on top');
    expect(await role('Boss')).toBeInTheDocument();
    await previewAndSave('Better words');
    await waitFor(() => expect(policies.texts).toHaveLength(3));
    expect(
      (await policies.current()).document.roles.map(({ title }) => title),
    ).toEqual(['Boss', 'Members']);
  }, 120_000);

  it('finds mistakes in the text by line, and keeps unsaved changes', async () => {
    const { unmount } = await open();
    await user.click(await screen.findByRole('tab', { name: 'As text' }));
    const text = screen.getByRole<HTMLTextAreaElement>('textbox', {
      name: 'Policies as YAML',
    });
    await user.clear(text);
    await user.click(text);
    await user.paste(shipped.replace('[read, delete]', '[read, destroy]'));
    const mistakes = await screen.findByRole('list', {
      name: 'Mistakes in the text',
    });
    expect(mistakes).toHaveTextContent("Line 19 'destroy' is no verb");
    await press('Line 19');
    expect(text.value.slice(text.selectionStart, text.selectionEnd)).toBe(
      '      - { verbs: [read, destroy], where: all, whose: own }',
    );
    unmount();

    await open();
    expect(
      await screen.findByText('These are your unsaved changes from before'),
    ).toBeInTheDocument();
    const leave = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leave);
    expect(leave.defaultPrevented).toBe(true);
    await press('Throw away');
    expect(sessionStorage).toHaveLength(0);
    const leaveNow = new Event('beforeunload', { cancelable: true });
    window.dispatchEvent(leaveNow);
    expect(leaveNow.defaultPrevented).toBe(false);
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
