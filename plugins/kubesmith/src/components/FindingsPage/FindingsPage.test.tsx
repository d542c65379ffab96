import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { Finding, Findings } from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { FindingsPage } from './FindingsPage';

const ago = (minutes: number) =>
  new Date(Date.now() - minutes * 60_000).toISOString();

const finding = (values: Partial<Finding> = {}): Finding => ({
  id: '11111111-1111-4111-8111-111111111111',
  kind: 'machine-missing',
  environment: 'course',
  clusterId: '22222222-2222-4222-8222-222222222222',
  vmid: 20_001,
  detail: 'The machine 20001 of demo-w-1 is gone.',
  nextStep: 'Put it back from a backup.',
  sightings: 3,
  repairsItself: false,
  firstSeenAt: ago(30),
  lastSeenAt: ago(5),
  ...values,
});

const orphan = finding({
  id: '33333333-3333-4333-8333-333333333333',
  kind: 'orphan-machine',
  environment: 'lab',
  detail: 'The machine 20002 is left of a cluster.',
  nextStep: 'Nothing: it is removed by itself.',
  repairsItself: true,
  sightings: 1,
});

const over = finding({
  id: '44444444-4444-4444-8444-444444444444',
  detail: 'The machine 20003 of old-w-1 is gone.',
  endedAt: ago(1),
});

async function open(values: Partial<Findings> = {}) {
  const api = new MemoryKubesmithApi();
  api.findings = {
    items: [],
    environments: [
      { name: 'course', title: 'The course', lookedAt: ago(5), answered: true },
      {
        name: 'lab',
        title: 'The lab',
        lookedAt: ago(5),
        answered: false,
        problem: 'KUBESMITH-PVE-UNREACHABLE: Proxmox cannot be reached.',
      },
    ],
    isLooking: false,
    lookedAt: ago(5),
    ...values,
  };
  const view = await renderWithApi(<FindingsPage />, { api });
  return { api, ...view };
}

async function choose(filter: RegExp, option: string) {
  await userEvent.click(screen.getByRole('button', { name: filter }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
}

describe('FindingsPage', () => {
  it('tells what was found, what to do, and how it stands', async () => {
    await open({ items: [finding(), orphan] });
    const [first, second] = (await screen.findAllByRole('rowheader')).map(
      header => header.closest('[role="row"], tr') as HTMLElement,
    );
    for (const text of [
      'Machine is gone',
      'The machine 20001 of demo-w-1 is gone.',
      'Put it back from a backup.',
      'Needs a person',
      'The course',
    ])
      expect(within(first).getByText(text)).toBeInTheDocument();
    expect(
      within(first).getByRole('link', { name: 'Open the cluster' }),
    ).toHaveAttribute(
      'href',
      '/kubesmith/clusters/22222222-2222-4222-8222-222222222222',
    );
    expect(
      within(second).getByText('Seen once, waits for the next look'),
    ).toBeInTheDocument();
  });

  it.each([
    [1, /^One more finding in a pool of yours is about a cluster/],
    [3, /^3 more findings in pools of yours are about clusters/],
  ])('says that %s are about clusters of others', async (elsewhere, text) => {
    await open({ elsewhere });
    expect(await screen.findByText(text)).toBeInTheDocument();
  });

  it('says where Proxmox did not answer, and that nothing was found elsewhere', async () => {
    await open();
    expect(
      await screen.findByText(/Nothing was found: records and machines agree/),
    ).toBeInTheDocument();
    const answers = within(
      screen.getByRole('list', { name: 'Whether Proxmox answered' }),
    );
    expect(
      answers.getByText('The course: Proxmox answered'),
    ).toBeInTheDocument();
    expect(
      answers.getByText(
        /The lab: Proxmox did not answer, so nothing is known. KUBESMITH-PVE-UNREACHABLE/,
      ),
    ).toBeInTheDocument();
  });

  it('filters, and shows what is over when asked', async () => {
    await open({ items: [finding(), orphan, over] });
    expect(await screen.findAllByRole('rowheader')).toHaveLength(2);
    await choose(/What/, 'Left-over machine');
    await waitFor(() =>
      expect(screen.getAllByRole('rowheader')).toHaveLength(1),
    );
    await choose(/Environment/, 'The course');
    expect(
      await screen.findByText('Nothing fits what you chose.'),
    ).toBeInTheDocument();
    await choose(/What/, 'Everything');
    await userEvent.click(
      screen.getByRole('switch', { name: 'Also what is over' }),
    );
    expect(await screen.findByText('Not seen any more')).toBeInTheDocument();
  });

  it('has the portal look', async () => {
    const { api, toasts } = await open();
    await userEvent.click(
      await screen.findByRole('button', { name: 'Look now' }),
    );
    expect(await screen.findByText(/The portal looks now/)).toBeInTheDocument();
    expect(api.findings.isLooking).toBe(true);
    expect(screen.getByRole('button', { name: 'Look now' })).toBeDisabled();
    expect(toasts[0].title).toBe('The portal looks now');
  });

  it('says why they could not be read', async () => {
    const api = new MemoryKubesmithApi();
    api.listFindings = async () => {
      throw new Error('away');
    };
    await renderWithApi(<FindingsPage />, { api });
    expect(
      await screen.findByText('The findings could not be read'),
    ).toBeInTheDocument();
  });

  it('has nothing for who looks after nothing', async () => {
    await open({ environments: [] });
    expect(
      await screen.findByText(/You look after no environment/),
    ).toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Look now' })).toBeDisabled();
  });
});
