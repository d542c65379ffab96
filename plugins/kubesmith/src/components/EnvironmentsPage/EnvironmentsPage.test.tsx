import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route, Routes } from 'react-router-dom';
import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { anEnvironmentRecord } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { EnvironmentPage, EnvironmentsPage } from '.';

jest.setTimeout(60_000);

// Hundreds are slow without a browser.
jest.spyOn(Intl, 'supportedValuesOf').mockReturnValue(['Europe/Berlin']);

const configured = anEnvironmentRecord({
  name: 'research',
  title: 'Research',
  source: 'configuration',
  clusters: 3,
  addresses: { total: 6, free: 1 },
  sharesPoolWith: ['databases-2026'],
  can: { change: false, changeNetwork: false, delete: false },
});

async function open(
  at: string,
  api: MemoryKubesmithApi = new MemoryKubesmithApi(),
) {
  if (api.environmentRecords.length === 0)
    api.environmentRecords = [configured, anEnvironmentRecord()];
  const view = await renderWithApi(
    <Routes>
      <Route path="/kubesmith/environments" element={<EnvironmentsPage />} />
      <Route
        path="/kubesmith/environments/:name"
        element={<EnvironmentPage />}
      />
      <Route path="/kubesmith/new-environment" element={<EnvironmentPage />} />
    </Routes>,
    { api, at: `/kubesmith/${at}` },
  );
  return { api, ...view };
}

const field = (name: string | RegExp) => screen.getByRole('textbox', { name });

async function type(name: string | RegExp, text: string) {
  await userEvent.clear(field(name));
  await userEvent.type(field(name), text);
}

/** Chooses from the catalog, by keyboard. */
async function pick(name: RegExp, typed: string, option: RegExp) {
  await userEvent.type(screen.getByRole('combobox', { name }), typed);
  // The list is there before the catalog was searched: what is in it changes once more.
  await waitFor(
    () =>
      expect(
        screen.getAllByRole('option').map(({ textContent }) => textContent),
      ).toEqual([expect.stringMatching(option)]),
    { timeout: 5_000 },
  );
  await userEvent.keyboard('{ArrowDown}{Enter}');
}

describe('environments', () => {
  it('are listed with who runs them, how full they are, and where they are kept', async () => {
    await open('environments');
    const rows = (await screen.findAllByRole('row')).slice(1);
    for (const text of [
      'Research',
      'instructors',
      '3',
      '1 of 6 free',
      'databases, shared with databases-2026',
      'App-config',
    ])
      expect(within(rows[0]).getByText(text)).toBeInTheDocument();
    expect(within(rows[1]).getByText('Portal')).toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: 'Databases 2026' }),
    ).toHaveAttribute('href', '/kubesmith/environments/databases-2026');
    expect(
      screen.getByRole('link', { name: /New environment/ }),
    ).toHaveAttribute('href', '/kubesmith/new-environment');
  });

  it('of the app-config are only shown, with where they are changed', async () => {
    await open('environments/research');
    expect(
      await screen.findByText('This environment is in the app-config'),
    ).toBeInTheDocument();
    expect(field('Title')).toHaveAttribute('readonly');
    expect(screen.queryByRole('button', { name: 'Save' })).toBeNull();
    expect(screen.queryByRole('button', { name: /Delete/ })).toBeNull();
  });

  it('get a timetable for new clusters', async () => {
    const { api } = await open('environments/databases-2026');
    await screen.findByRole('form', { name: 'Environment databases-2026' });
    const wanted = () =>
      screen.getByRole('checkbox', { name: /^New clusters sleep and wake/ });
    expect(wanted()).not.toBeChecked();
    await userEvent.click(wanted());
    expect(await screen.findByText(/^Awake Monday to Friday/)).toBeVisible();
    const save = screen.getByRole('button', { name: 'Save' });
    await userEvent.click(save);
    await waitFor(() =>
      expect(api.environmentRecords[1].timetable).toMatchObject({
        sleep: '0 20 * * 1-5',
        wake: '0 7 * * 1-5',
      }),
    );
  });

  it('are changed, by keyboard alone', async () => {
    const { api, toasts } = await open('environments/databases-2026');
    await screen.findByRole('form', { name: 'Environment databases-2026' });
    expect(field(/^Name/)).toHaveAttribute('readonly');
    await type('Title', 'Databases');
    await userEvent.click(
      await screen.findByRole('button', {
        name: 'Remove Students of the course',
      }),
    );
    await pick(/^Members/, 'Instr', /^Instructors/);
    await screen.findByRole(
      'button',
      { name: 'Remove Instructors' },
      { timeout: 5_000 },
    );
    await pick(/^Members/, 'Hal', /^Hal Helper/);
    await screen.findByRole(
      'button',
      { name: 'Remove Hal Helper' },
      { timeout: 5_000 },
    );
    const lease = field('Lease in days');
    await userEvent.clear(lease);
    await userEvent.type(lease, '20{enter}');
    await waitFor(() =>
      expect(api.environmentRecords[1]).toMatchObject({
        title: 'Databases',
        members: [
          'user:default/guest',
          'group:default/instructors',
          'user:default/helper',
        ],
        leaseDays: 20,
        version: 2,
      }),
    );
    await waitFor(() =>
      expect(toasts).toMatchObject([
        { title: 'The environment databases-2026 is saved' },
      ]),
    );
    expect(await screen.findByText('Databases')).toBeInTheDocument();
  });

  it('say what is wrong beside the field, and lead there', async () => {
    const api = new MemoryKubesmithApi();
    const remedy = 'Choose an address in 10.42.0.0/24.';
    api.environmentCheck = draft => ({
      findings: [],
      problems:
        draft.pool?.last === '10.43.0.1'
          ? [
              fieldProblem('pool.last', 'KUBESMITH-ENVIRONMENT-INVALID', {
                field: 'pool.last',
                remedy,
              }),
            ]
          : [],
    });
    await open('environments/databases-2026', api);
    await screen.findByRole('form');
    await type(/^Last address/, '10.43.0.1');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText(remedy)).toBeInTheDocument();
    expect(screen.getByRole('alert')).toHaveTextContent(
      'One field needs another value',
    );
    expect(field(/^Last address/)).toHaveAccessibleDescription(
      expect.stringContaining(remedy),
    );
    await waitFor(() => expect(field(/^Last address/)).toHaveFocus());
    await type(/^Last address/, '10.42.0.50');
    expect(screen.queryByText(remedy)).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() =>
      expect(api.environmentRecords[1].pool.last).toBe('10.42.0.50'),
    );
  });

  it('are made, with all that was filled in', async () => {
    const { api } = await open('new-environment');
    await screen.findByRole('form', { name: 'New environment' });
    await type(/^Name/, 'systems');
    await pick(/^Run by/, 'Instr', /^Instructors/);
    await userEvent.click(screen.getByRole('checkbox', { name: /Small/ }));
    await type(/^Kubernetes versions/, '1.36.3');
    await type(/^Hosts/, 'pve1, pve2');
    await type(/^First VMID/, '40000');
    await userEvent.click(
      screen.getByRole('button', { name: 'Make environment' }),
    );
    await waitFor(() => expect(api.environmentRecords).toHaveLength(3));
    expect(api.environmentRecords[2]).toMatchObject({
      name: 'systems',
      owner: 'group:default/instructors',
      sizes: ['small'],
      kubernetesVersions: ['1.36.3'],
      cni: 'kube-router',
      leaseDays: 90,
      proxmox: { hosts: ['pve1', 'pve2'], vmids: { first: 40_000 } },
    });
  });

  it('are checked with what Proxmox has, problems first', async () => {
    const api = new MemoryKubesmithApi();
    api.environmentCheck = () => ({
      problems: [],
      findings: [
        { level: 'ok', text: 'The host pve1 is online' },
        { level: 'problem', text: 'There is no host pve2', remedy: 'Use pve3' },
      ],
    });
    await open('environments/databases-2026', api);
    await screen.findByRole('form');
    await userEvent.click(screen.getByRole('button', { name: 'Check' }));
    expect(
      await screen.findByText('1 thing is missing in Proxmox'),
    ).toBeVisible();
    const items = within(
      screen.getByRole('list', { name: 'What Proxmox has' }),
    ).getAllByRole('listitem');
    expect(items.map(item => item.textContent)).toEqual([
      'Problem: There is no host pve2Use pve3',
      'All right: The host pve1 is online',
    ]);
  });

  it('that somebody else changed meanwhile are loaded again on demand', async () => {
    const { api } = await open('environments/databases-2026');
    await screen.findByRole('form');
    api.environmentRecords = [
      configured,
      anEnvironmentRecord({ title: 'Theirs', version: 2 }),
    ];
    await type('Title', 'Mine');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(
      await screen.findByText(/was changed by user:default\/admin/),
    ).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Load again' }));
    await waitFor(() => expect(field('Title')).toHaveValue('Theirs'));
  });

  it('are deleted after one more question', async () => {
    const { api } = await open('environments/databases-2026');
    await userEvent.click(
      await screen.findByRole('button', { name: 'Delete environment' }),
    );
    const dialog = await screen.findByRole('dialog');
    expect(api.environmentRecords).toHaveLength(2);
    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Delete' }),
    );
    await waitFor(() => expect(api.environmentRecords).toEqual([configured]));
  });

  it('of others keep owner and network for administrators', async () => {
    const api = new MemoryKubesmithApi();
    api.canCreateEnvironments = false;
    api.environmentRecords = [
      anEnvironmentRecord({
        can: { change: true, changeNetwork: false, delete: false },
      }),
    ];
    await open('environments/databases-2026', api);
    await screen.findByText(/are changed by administrators/);
    expect(field(/^Bridge/)).toHaveAttribute('readonly');
    const owner = screen.getByRole('combobox', { name: /^Run by/ });
    expect(owner).toHaveAttribute('readonly');
    await waitFor(() =>
      expect(owner).toHaveValue('Instructors (group instructors)'),
    );
    expect(field('Title')).not.toHaveAttribute('readonly');
  });

  it('that one may not see or make say so', async () => {
    const api = new MemoryKubesmithApi();
    api.canCreateEnvironments = false;
    api.environmentRecords = [configured];
    const { unmount } = await open('environments/none', api);
    expect(
      await screen.findByText(/There is no environment 'none'/),
    ).toBeVisible();
    unmount();
    await open('new-environment', api);
    expect(
      await screen.findByText(/You may not make environments/),
    ).toBeVisible();
  });
});
