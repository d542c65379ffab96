import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../../__testUtils__/MemoryKubesmithApi';
import { aCluster, aPlan } from '../../../__testUtils__/records';
import { renderWithApi } from '../../../__testUtils__/renderWithApi';
import { OperationsMenu } from '..';

const cluster = aCluster();
const ID = '5a105e8b-9d40-4132-8f7b-aaaaaaaaaaaa';

async function choose(kind: 'snapshot' | 'rollback', snapshots = true) {
  const api = new MemoryKubesmithApi([cluster]);
  api.plan = request =>
    aPlan({ kind: request.kind, summary: `It would: ${request.kind}` });
  api.possibleOperations = [
    { kind, title: `Do ${kind}`, description: 'About it.', available: true },
  ];
  api.snapshots = snapshots
    ? [
        {
          id: ID,
          label: 'Before the upgrade',
          state: 'kept',
          createdBy: 'user:default/student-1',
          createdAt: '2026-11-21T10:00:00Z',
          takenAt: '2026-11-21T10:00:05Z',
          nodes: cluster.nodes.map(({ name }) => name),
          spec: cluster.spec,
        },
      ]
    : [];
  await renderWithApi(
    <OperationsMenu cluster={cluster} onStarted={() => {}} />,
    {
      api,
    },
  );
  await userEvent.click(await screen.findByRole('button', { name: 'Change' }));
  await userEvent.click(
    await screen.findByRole('menuitem', { name: `Do ${kind}` }),
  );
  return { api, dialog: within(await screen.findByRole('dialog')) };
}

describe('forms of snapshots', () => {
  it('asks for a name', async () => {
    const { api, dialog } = await choose('snapshot');
    const start = dialog.getByRole('button', { name: 'Do snapshot' });
    expect(start).toBeDisabled();
    await userEvent.type(dialog.getByLabelText(/Name/), 'Before');
    await waitFor(() => expect(start).toBeEnabled());
    await userEvent.click(start);
    await waitFor(() =>
      expect(api.started).toMatchObject([
        { request: { kind: 'snapshot', label: 'Before' } },
      ]),
    );
  });

  it('offers those that there are to go back to', async () => {
    const { api, dialog } = await choose('rollback');
    await userEvent.click(
      await dialog.findByRole('button', { name: /Snapshot/ }),
    );
    await userEvent.click(
      screen.getByRole('option', { name: /^Before the upgrade, 21 Nov 2026/ }),
    );
    const start = dialog.getByRole('button', { name: 'Do rollback' });
    await waitFor(() => expect(start).toBeEnabled());
    await userEvent.click(start);
    await waitFor(() =>
      expect(api.started).toMatchObject([
        { request: { kind: 'rollback', snapshot: ID } },
      ]),
    );
  });

  it('says so when there is none', async () => {
    const { dialog } = await choose('rollback', false);
    expect(await dialog.findByText(/take one first/)).toBeVisible();
  });
});
