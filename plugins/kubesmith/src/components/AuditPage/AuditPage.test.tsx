import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { AuditEntry } from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { saveFile } from '../../browser/saveFile';
import { AuditPage } from './AuditPage';

jest.mock('../../browser/saveFile', () => ({ saveFile: jest.fn() }));

const entry = (seq: number, values: Partial<AuditEntry> = {}): AuditEntry => ({
  seq,
  time: new Date(Date.now() - 60_000).toISOString(),
  actor: 'user:default/student-1',
  action: 'cluster.order',
  outcome: 'done',
  environment: 'research',
  clusterId: '11111111-1111-4111-8111-111111111111',
  detail: { name: 'demo' },
  hash: 'ab',
  source: '10.0.0.7',
  ...values,
});

const denied = entry(2, {
  actor: 'user:default/student-2',
  action: 'cluster.delete',
  outcome: 'denied',
  code: 'KUBESMITH-NOT-FOUND',
  detail: { reason: 'mine now' },
});

async function apiWith(entries: AuditEntry[]) {
  const api = new MemoryKubesmithApi();
  api.entries = entries;
  await renderWithApi(<AuditPage />, { api });
  return api;
}

const bodyRows = async () => {
  await screen.findAllByRole('rowheader');
  return screen.getAllByRole('row').slice(1);
};

async function choose(filter: RegExp, option: string) {
  await userEvent.click(screen.getByRole('button', { name: filter }));
  await userEvent.click(await screen.findByRole('option', { name: option }));
}

describe('AuditPage', () => {
  it('tells with whom, until when and how much', async () => {
    await apiWith([
      entry(3, {
        action: 'share.create',
        detail: { subject: 'group:default/students', role: 'viewer' },
      }),
      entry(2, {
        action: 'quota.put',
        detail: { limits: { clusters: 3, vcpu: 8 } },
      }),
      entry(1, {
        action: 'cluster.expire',
        actor: 'plugin:kubesmith',
        detail: {},
      }),
    ]);
    const [share, quota, expired] = await bodyRows();
    expect(share).toHaveTextContent(
      'with: group:default/students · role: viewer',
    );
    expect(quota).toHaveTextContent('limits: clusters 3, vcpu 8');
    expect(expired).toHaveTextContent('Delete an expired cluster');
  });

  it('tells who did what, how it ended, and on which cluster', async () => {
    await apiWith([denied, entry(1)]);
    const [first, second] = await bodyRows();
    for (const text of [
      'student-2',
      'Delete a cluster',
      'Not allowed',
      'research',
      'reason: mine now · KUBESMITH-NOT-FOUND',
      '10.0.0.7',
    ])
      expect(within(first).getByText(text)).toBeInTheDocument();
    expect(
      within(first).getByRole('link', { name: '11111111' }),
    ).toHaveAttribute(
      'href',
      '/kubesmith/clusters/11111111-1111-4111-8111-111111111111',
    );
    expect(within(second).getByText('Order a cluster')).toBeInTheDocument();
    expect(within(second).getByText('Done')).toBeInTheDocument();
  });

  it('finds what somebody was refused', async () => {
    await apiWith([denied, entry(1)]);
    expect(await bodyRows()).toHaveLength(2);
    await choose(/Outcome/, 'Not allowed');
    await waitFor(async () => expect(await bodyRows()).toHaveLength(1));
    await userEvent.type(
      screen.getByRole('searchbox', { name: 'Who' }),
      'student-1',
    );
    expect(
      await screen.findByText(/^Nothing on record fits what you chose\./),
    ).toBeInTheDocument();
  });

  it('reads older entries when asked', async () => {
    await apiWith(Array.from({ length: 150 }, (_, n) => entry(150 - n)));
    await bodyRows();
    await userEvent.click(
      screen.getByRole('button', { name: 'Read older entries' }),
    );
    await waitFor(() =>
      expect(
        screen.queryByRole('button', { name: 'Read older entries' }),
      ).not.toBeInTheDocument(),
    );
  });

  it('saves the chosen entries as a file', async () => {
    await apiWith([denied, entry(1)]);
    await bodyRows();
    await choose(/Outcome/, 'Not allowed');
    await waitFor(async () => expect(await bodyRows()).toHaveLength(1));
    await userEvent.click(screen.getByRole('button', { name: 'Save as CSV' }));
    await waitFor(() =>
      expect(saveFile).toHaveBeenCalledWith(
        'kubesmith-audit-trail.csv',
        '2\r\n',
        'text/csv',
      ),
    );
  });

  it('says why it could not be read, and tries again', async () => {
    const api = new MemoryKubesmithApi();
    api.entries = [entry(1)];
    jest
      .spyOn(api, 'listAuditEntries')
      .mockRejectedValue(new Error('You may not read the audit trail'));
    await renderWithApi(<AuditPage />, { api });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'You may not read the audit trail',
    );
    jest.restoreAllMocks();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await bodyRows()).toHaveLength(1);
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });
});
