import { screen, waitFor, within } from '@testing-library/react';
import {
  me,
  open,
  press,
  role,
  saveButton,
  shipped,
  user,
} from '../../__testUtils__/openAccessPage';

beforeEach(() => sessionStorage.clear());

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

describe('editing access', () => {
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
});
