import type { Operation } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster, anOperation } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { HistorySection } from '.';

const cluster = aCluster();
const over = (values: Partial<Operation> = {}): Operation =>
  anOperation({
    status: 'succeeded',
    finishedAt: '2026-11-21T10:02:01.000Z',
    ...values,
  });

function show(operations: Operation[]) {
  const api = new MemoryKubesmithApi([cluster]);
  api.earlierOperations = operations;
  return renderWithApi(<HistorySection cluster={cluster} />, { api }).then(
    view => ({ api, ...view }),
  );
}

const rows = async () => {
  const table = await screen.findByRole('table', { name: 'History' });
  return within(table).getAllByRole('row').slice(1);
};

describe('HistorySection', () => {
  it('tells who did what and why, how long it took and how it ended', async () => {
    await show([
      over({
        id: 'c',
        kind: 'hibernate',
        initiator: 'plugin:kubesmith',
        reason: 'By its timetable (2026-11-20T20:00:00.000Z, Europe/Berlin)',
      }),
      over({
        id: 'b',
        kind: 'scale',
        status: 'failed',
        failure: {
          code: 'KUBESMITH-TERRAFORM-FAILED',
          class: 'permanent',
          message: 'The datastore is full.',
          nextStep: 'Ask for space.',
        },
      }),
      over({ id: 'a' }),
    ]);
    const [slept, scaled, created] = await rows();
    expect(slept).toHaveTextContent(
      /^HibernationKubesmithBy its timetable.*2 min 00 s.*DoneLog$/,
    );
    expect(scaled).toHaveTextContent(
      /^Scaling.*student-1.*–.*The datastore is full. \(KUBESMITH-TERRAFORM-FAILED\)/,
    );
    expect(created).toHaveTextContent(/^Creation/);
    expect(screen.queryByRole('button', { name: 'Older' })).toBeNull();
  });

  it('opens the steps and the log of one', async () => {
    const { api } = await show([over({ id: 'a' })]);
    api.events = [
      {
        id: 7,
        time: '2026-11-21T10:00:02.000Z',
        level: 'info',
        message: 'Cloning',
      },
    ];
    const [row] = await rows();
    await userEvent.click(
      within(row).getByRole('button', { name: /^Log: Creation finished/ }),
    );
    const dialog = await screen.findByRole('dialog', {
      name: /Creation finished/,
    });
    expect(
      within(dialog).getByRole('list', { name: 'Steps' }),
    ).toHaveTextContent('Create the machines');
    const log = within(dialog).getByRole('log');
    expect(await within(log).findByText(/Cloning/)).toBeInTheDocument();
  });

  it('shows ten at a time, and leads to older ones and back', async () => {
    await show(
      Array.from({ length: 12 }, (_, n) =>
        over({ id: `${n}`, reason: `Reason ${n}.` }),
      ),
    );
    expect(await rows()).toHaveLength(10);
    expect(screen.getByRole('button', { name: 'Newer' })).toBeDisabled();
    await userEvent.click(screen.getByRole('button', { name: 'Older' }));
    expect(await screen.findByText('Reason 11.')).toBeInTheDocument();
    expect(await rows()).toHaveLength(2);
    expect(screen.getByRole('button', { name: 'Older' })).toBeDisabled();
    await userEvent.click(screen.getByRole('button', { name: 'Newer' }));
    expect(await screen.findByText('Reason 0.')).toBeInTheDocument();
  });

  it('says when there is nothing, and when it cannot be read', async () => {
    const { api, unmount } = await show([]);
    expect(
      await screen.findByText('Nothing was done with this cluster yet.'),
    ).toBeInTheDocument();
    unmount();
    api.listOperations = async () => {
      throw new Error('no answer');
    };
    await renderWithApi(<HistorySection cluster={cluster} />, { api });
    await waitFor(() =>
      expect(screen.getByRole('alert')).toHaveTextContent(
        'What was done with the cluster could not be read',
      ),
    );
  });
});
