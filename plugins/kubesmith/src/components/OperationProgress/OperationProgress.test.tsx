import type { Operation } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster, anOperation } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { OperationProgress } from './OperationProgress';

async function show(
  operation: Operation,
  options: { canControl?: boolean; api?: MemoryKubesmithApi } = {},
) {
  const api = options.api ?? new MemoryKubesmithApi([aCluster({ operation })]);
  const onChanged = jest.fn();
  const view = await renderWithApi(
    <OperationProgress
      operation={operation}
      canControl={options.canControl ?? true}
      onChanged={onChanged}
    />,
    { api },
  );
  return { ...view, api, onChanged };
}

describe('OperationProgress', () => {
  const realNow = Date.now;
  beforeEach(() => {
    Date.now = () => Date.parse('2026-11-21T10:00:16.000Z');
  });
  afterEach(() => {
    Date.now = realNow;
  });

  it('shows the steps with their state, times and news', async () => {
    await show(anOperation());

    expect(
      screen.getByRole('region', { name: 'Creating the cluster' }),
    ).toHaveTextContent('for 15 s');
    const steps = within(
      screen.getByRole('list', { name: 'Steps' }),
    ).getAllByRole('listitem');
    expect(steps.map(step => step.textContent)).toEqual([
      'Reserve name and addresses – done1 s',
      'Create the machines – running15 s, usually 20 sdemo-w-1: Cloning',
      'Install Kubernetes – to comeusually 1 min 00 s',
      'Check the cluster – to come',
      'Hand over – to come',
    ]);
    expect(steps[1]).toHaveAttribute('aria-current', 'step');
    expect(
      screen.getByRole('progressbar', { name: 'Create the machines' }),
    ).toHaveValue(50);
  });

  it('tells screen readers the step, not every second', async () => {
    await show(anOperation());

    expect(screen.getByRole('status', { name: 'Progress' })).toHaveTextContent(
      /^Creating the cluster: step 2 of 5, Create the machines, running$/,
    );
  });

  it('says where it stands while it waits for room, and that nobody can hurry it', async () => {
    const operation = anOperation({
      status: 'waiting',
      queue: {
        position: 2,
        of: 5,
        reason: 'memory',
        estimate: '2026-11-21T10:25:00.000Z',
      },
    });
    operation.steps[1] = { ...operation.steps[1], status: 'pending' };
    await show(operation);
    expect(
      screen.getByText('Waiting for room: number 2 of 5, about 25 minutes'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(
        'The hosts have not enough free memory for it. It goes on by itself; nothing needs to be done.',
      ),
    ).toBeInTheDocument();
    expect(screen.getByRole('status', { name: 'Progress' })).toHaveTextContent(
      'Creating the cluster: waiting for room, number 2 of 5',
    );
    expect(screen.queryByRole('button', { name: 'Try now' })).toBeNull();
    expect(screen.getByRole('button', { name: 'Cancel' })).toBeInTheDocument();
  });

  it('estimates by the usual time, and never claims to be done', async () => {
    const operation = anOperation();
    delete operation.steps[1].progress;
    await show(operation);
    expect(screen.getByRole('progressbar')).toHaveValue(75);

    Date.now = () => Date.parse('2026-11-21T10:10:00.000Z');
    expect(
      await screen.findByText(/^9 min 59 s, usually 20 s$/, undefined, {
        timeout: 3_000,
      }),
    ).toBeInTheDocument();
    expect(screen.getByRole('progressbar')).toHaveValue(95);
  });

  it('cancels', async () => {
    const { api, onChanged, toasts } = await show(anOperation());
    const cancel = jest.spyOn(api, 'cancelOperation');

    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));

    await waitFor(() => expect(onChanged).toHaveBeenCalledTimes(1));
    expect(cancel).toHaveBeenCalledWith(anOperation().id);
    expect(toasts).toMatchObject([{ status: 'success' }]);
  });

  it('does not offer to cancel twice, nor to cancel a deletion', async () => {
    const { unmount } = await show(anOperation({ cancelRequested: true }));
    expect(
      screen.getByRole('region', { name: 'Creation is being cancelled' }),
    ).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
    unmount();

    await show(anOperation({ kind: 'delete' }));
    expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
  });

  it('shows what failed, and goes on with it', async () => {
    const failure = {
      code: 'KUBESMITH-TERRAFORM-FAILED',
      class: 'permanent' as const,
      message: 'The datastore is full.',
      nextStep: 'Ask for space.',
    };
    const operation = anOperation({
      status: 'failed',
      failure,
      finishedAt: '2026-11-21T10:00:31.000Z',
    });
    operation.steps[1] = {
      ...operation.steps[1],
      status: 'failed',
      attempt: 3,
      failure,
    };
    const { api, onChanged } = await show(operation);
    const retry = jest.spyOn(api, 'retryOperation');

    expect(
      screen.getByRole('region', { name: 'Creation failed' }),
    ).toHaveTextContent('took 30 s');
    expect(screen.getByText(/failed, attempt 3/)).toBeInTheDocument();
    expect(
      screen.getByText('The datastore is full. (KUBESMITH-TERRAFORM-FAILED)'),
    ).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Retry' }));
    await waitFor(() => expect(onChanged).toHaveBeenCalledTimes(1));
    expect(retry).toHaveBeenCalledWith(operation.id);
  });

  it('shows what was running when it was cancelled as stopped', async () => {
    await show(
      anOperation({
        status: 'cancelled',
        finishedAt: '2026-11-21T10:00:09.000Z',
      }),
    );

    expect(
      screen.getByRole('region', { name: 'Creation was cancelled' }),
    ).toHaveTextContent('took 8 s');
    expect(screen.getAllByRole('listitem')[1]).toHaveTextContent(
      /^Create the machines – stopped8 s$/,
    );
    expect(screen.queryByRole('progressbar')).not.toBeInTheDocument();
    expect(screen.getByRole('button', { name: 'Retry' })).toBeInTheDocument();
  });

  it('lets a pause before the next try be cut short', async () => {
    const operation = anOperation({ status: 'waiting' });
    const { api, onChanged } = await show(operation);
    const retry = jest.spyOn(api, 'retryOperation');

    expect(screen.queryByRole('button', { name: 'Retry' })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Try now' }));

    await waitFor(() => expect(onChanged).toHaveBeenCalledTimes(1));
    expect(retry).toHaveBeenCalledWith(operation.id);
  });

  it('says when it could not be changed', async () => {
    const api = new MemoryKubesmithApi();
    const { onChanged, toasts } = await show(anOperation(), { api });

    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));

    await waitFor(() =>
      expect(toasts).toMatchObject([
        {
          status: 'danger',
          description: expect.stringMatching(/There is no operation/),
        },
      ]),
    );
    expect(onChanged).not.toHaveBeenCalled();
  });

  it('only shows it to people who may not change it', async () => {
    await show(anOperation(), { canControl: false });
    expect(screen.queryByRole('button', { name: 'Cancel' })).toBeNull();
  });

  it('reads the log when it is unfolded, and asks for news only', async () => {
    const api = new MemoryKubesmithApi();
    const time = '2026-11-21T10:00:02.000Z';
    api.events = [
      { id: 7, time, level: 'info', message: 'Cloning', node: 'demo-w-1' },
      {
        id: 9,
        time,
        level: 'warn',
        message: 'The lock is held',
        code: 'KUBESMITH-LOCK',
      },
    ];
    const read = jest.spyOn(api, 'listOperationEvents');
    await show(anOperation(), { api });
    expect(read).not.toHaveBeenCalled();

    await userEvent.click(screen.getByRole('button', { name: 'Log' }));
    const log = screen.getByRole('log', { name: 'Log of the operation' });
    expect(await within(log).findByText(/Cloning/)).toBeInTheDocument();
    expect(log).toHaveTextContent('The lock is held (KUBESMITH-LOCK)');

    api.events = [
      ...api.events,
      { id: 12, time, level: 'info', message: 'Started' },
    ];
    expect(
      await within(log).findByText(/Started/, undefined, { timeout: 4_000 }),
    ).toBeInTheDocument();
    expect(within(log).getAllByText(/Cloning/)).toHaveLength(1);
    expect(read).toHaveBeenLastCalledWith(
      anOperation().id,
      expect.objectContaining({ after: 9 }),
    );
  });
});
