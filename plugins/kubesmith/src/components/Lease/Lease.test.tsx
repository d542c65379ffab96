import type { Cluster, Lease } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { formatAbsolute } from '../../format/time';
import { Router } from '../Router';
import { leaseChoices } from './leaseChoices';

const DAY = 24 * 3_600_000;
const inDays = (days: number) =>
  new Date(Date.now() + days * DAY).toISOString();

async function show(
  lease: Partial<Lease> = {},
  cluster: Partial<Cluster> = {},
) {
  const api = new MemoryKubesmithApi([
    aCluster({ expiresAt: inDays(90), ...cluster }),
  ]);
  api.lease = { latest: inDays(360), ...lease };
  const view = await renderWithApi(<Router />, {
    api,
    at: `/clusters/${api.clusters[0].id}`,
  });
  await screen.findByRole('heading', { name: 'demo' });
  return { ...view, api };
}

describe('leaseChoices', () => {
  const lease = {
    expiresAt: '2026-12-21T10:00:00.000Z',
    latest: '2027-02-19T10:00:00.000Z',
    maxDays: 90,
  };

  it('offers what is later than now, in the reader’s time zone, and the longest', () => {
    const choices = leaseChoices(lease);
    expect(choices.map(({ id }) => id)).toEqual([
      '2027-01-20T10:00:00.000Z',
      '2027-02-19T10:00:00.000Z',
    ]);
    expect(choices[0].label).toBe(
      `60 days from now: ${formatAbsolute(Date.parse(choices[0].id))}`,
    );
    expect(choices[1].label).toMatch(/^90 days from now, the longest: /);
  });

  it('offers nothing when the longest is reached, or nobody knows how long that is', () => {
    expect(leaseChoices({ ...lease, expiresAt: lease.latest })).toEqual([]);
    expect(
      leaseChoices({ ...lease, latest: undefined, maxDays: undefined }),
    ).toEqual([]);
  });
});

describe('The time of a cluster', () => {
  it('is extended in a dialog', async () => {
    const { api } = await show();
    const extendLease = jest.spyOn(api, 'extendLease');
    await userEvent.click(
      await screen.findByRole('button', { name: 'Extend' }),
    );
    const dialog = within(
      await screen.findByRole('dialog', { name: 'Extend demo' }),
    );
    expect(dialog.getAllByRole('radio')).toHaveLength(2);
    expect(dialog.getByRole('radio', { name: /the longest/ })).toBeChecked();
    const halfYear = dialog.getByRole('radio', { name: /^180 days from now/ });
    await userEvent.click(halfYear);
    await userEvent.click(dialog.getByRole('button', { name: 'Extend' }));

    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    const { until } = extendLease.mock.calls[0][1];
    expect(Math.abs(Date.parse(until!) - Date.parse(inDays(180)))).toBeLessThan(
      60_000,
    );
    expect(
      await screen.findByText(formatAbsolute(Date.parse(until!)), {
        exact: false,
      }),
    ).toBeInTheDocument();
  });

  it('says in the dialog why it could not be extended', async () => {
    const { api } = await show();
    jest
      .spyOn(api, 'extendLease')
      .mockRejectedValue(new Error('Choose a time until tomorrow.'));
    await userEvent.click(
      await screen.findByRole('button', { name: 'Extend' }),
    );
    const dialog = within(await screen.findByRole('dialog'));
    await userEvent.click(dialog.getByRole('button', { name: 'Extend' }));
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'Choose a time until tomorrow.',
    );
  });

  it('cannot be extended beyond the longest, nor by those who may not', async () => {
    const latest = inDays(90);
    await show({ latest, maxDays: 90 }, { expiresAt: latest });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Extend' }),
    );
    const dialog = within(await screen.findByRole('dialog'));
    expect(
      dialog.getByText(/already lasts as long as its environment allows/),
    ).toBeInTheDocument();
    expect(dialog.getByRole('button', { name: 'Extend' })).toBeDisabled();
  });

  it('is no business of those who may not', async () => {
    const { api } = await show({ can: { extend: false, hold: false } });
    jest.spyOn(api, 'getLease');
    await screen.findByRole('region', { name: 'About this cluster' });
    expect(
      screen.queryByRole('button', { name: 'Extend' }),
    ).not.toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Keep from expiring' }),
    ).not.toBeInTheDocument();
  });

  it('is said loudly when it is nearly over', async () => {
    await show({ state: 'near' }, { expiresAt: inDays(5) });
    expect(
      await screen.findByText(/^This cluster expires in 5 days/),
    ).toBeInTheDocument();
    expect(screen.getByText('Extend it to keep it.')).toBeInTheDocument();
  });

  it('is said even louder when it is over, with the date of the deletion', async () => {
    const deletesAt = inDays(6);
    await show(
      { state: 'over', deletesAt, can: { extend: false, hold: false } },
      { expiresAt: inDays(-1) },
    );
    const alert = await screen.findByRole('alert');
    expect(alert).toHaveTextContent('has expired and is deleted in 6 days');
    expect(alert).toHaveTextContent(formatAbsolute(Date.parse(deletesAt)));
    expect(alert).toHaveTextContent(
      'If it was ready, it sleeps until then. It is deleted with everything that is stored on it. Its owner can extend it.',
    );
  });

  it('shows extensions and what the owner was told', async () => {
    await show({
      changes: [
        {
          at: '2026-11-20T10:00:00.000Z',
          by: 'user:default/student-1',
          from: '2026-12-01T10:00:00.000Z',
          to: '2027-02-19T10:00:00.000Z',
        },
      ],
      notices: [{ kind: 'week', sentAt: '2026-11-19T10:00:00.000Z' }],
    });
    const rows = within(
      await screen.findByRole('region', { name: 'How long it lasts' }),
    ).getAllByRole('listitem');
    expect(rows.map(row => row.textContent)).toEqual([
      expect.stringMatching(/Extended until 19 Feb 2027.*by student-1$/),
      expect.stringMatching(/^19 Nov 2026.*a week is left$/),
    ]);
  });

  it('is held by staff with a reason, and released', async () => {
    const { api, toasts } = await show({ can: { extend: true, hold: true } });
    const holdLease = jest.spyOn(api, 'holdLease');
    await userEvent.click(
      await screen.findByRole('button', { name: 'Keep from expiring' }),
    );
    const dialog = within(await screen.findByRole('dialog'));
    const keep = dialog.getByRole('button', { name: 'Keep it' });
    expect(keep).toBeDisabled();
    await userEvent.type(
      dialog.getByRole('textbox', { name: /Reason/ }),
      'Thesis of Ada',
    );
    await userEvent.click(keep);

    expect(
      await screen.findByText('This cluster does not expire'),
    ).toBeInTheDocument();
    expect(holdLease).toHaveBeenCalledWith(expect.any(String), {
      reason: 'Thesis of Ada',
    });
    await userEvent.click(
      screen.getByRole('button', { name: 'Let it expire again' }),
    );
    await waitFor(() => expect(toasts).toHaveLength(1));
    expect(
      await screen.findByRole('button', { name: 'Keep from expiring' }),
    ).toBeInTheDocument();
  });

  it('says that it could not be read, and tries again', async () => {
    const api = new MemoryKubesmithApi([aCluster()]);
    jest
      .spyOn(api, 'getLease')
      .mockRejectedValueOnce(new Error('The database is away'));
    await renderWithApi(<Router />, {
      api,
      at: `/clusters/${api.clusters[0].id}`,
    });
    expect(await screen.findByText(/The database is away/)).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('button', { name: 'Extend' }),
    ).toBeInTheDocument();
  });
});

describe('The archive of a deleted cluster', () => {
  const deleted = {
    phase: 'deleted' as const,
    deletedAt: '2026-11-21T12:00:00.000Z',
  };

  it('says why it was deleted and what it was', async () => {
    const cluster = aCluster(deleted);
    const api = new MemoryKubesmithApi([cluster]);
    api.archive = {
      archivedAt: '2026-11-21T11:00:00.000Z',
      name: 'demo',
      environment: cluster.environment,
      owner: cluster.owner,
      createdBy: cluster.createdBy,
      environmentOwner: 'group:default/instructors',
      spec: cluster.spec,
      vip: cluster.vip,
      createdAt: cluster.createdAt,
      expiresAt: cluster.expiresAt,
      extensions: [],
      nodes: cluster.nodes.map(({ state: _state, ...node }) => node),
      deletion: { initiator: 'plugin:kubesmith', reason: 'Expired' },
    };
    await renderWithApi(<Router />, { api, at: `/clusters/${cluster.id}` });
    const region = await screen.findByRole('region', { name: 'Archive' });
    expect(region).toHaveTextContent('because its time was over.');
    expect(region).toHaveTextContent('Reason: Expired');
    expect(region).toHaveTextContent(
      'Kubernetes 1.36.3 on 2 nodes of the size small; never extended.',
    );
    expect(
      screen.queryByRole('button', { name: 'Extend' }),
    ).not.toBeInTheDocument();
  });

  it('is not there for clusters of earlier times', async () => {
    await show({}, deleted);
    expect(
      screen.queryByRole('region', { name: 'Archive' }),
    ).not.toBeInTheDocument();
  });
});
