import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster, aPlan } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { OperationsMenu } from '.';

const cluster = aCluster();
const transfer = {
  kind: 'transfer' as const,
  title: 'Give to somebody else',
  description: 'Another person, or a group, owns the cluster from then on.',
  available: true,
};

async function show(change: (api: MemoryKubesmithApi) => void = () => {}) {
  const api = new MemoryKubesmithApi([cluster]);
  api.possibleOperations = [transfer];
  change(api);
  const onStarted = jest.fn();
  const view = await renderWithApi(
    <OperationsMenu cluster={cluster} onStarted={onStarted} />,
    { api },
  );
  return { api, onStarted, ...view };
}

async function openDialog() {
  await userEvent.click(await screen.findByRole('button', { name: 'Change' }));
  await userEvent.click(
    await screen.findByRole('menuitem', { name: transfer.title }),
  );
  return screen.findByRole('dialog', { name: /Give to somebody else: demo/ });
}

async function chooseOwner(dialog: HTMLElement) {
  await userEvent.type(
    within(dialog).getByRole('combobox', { name: 'New owner' }),
    'Hal',
  );
  // The list is there before the catalog was searched: what is in it changes once more.
  await waitFor(
    () =>
      expect(
        screen.getAllByRole('option').map(({ textContent }) => textContent),
      ).toEqual([expect.stringMatching(/^Hal Helper/)]),
    { timeout: 5_000 },
  );
  await userEvent.keyboard('{ArrowDown}{Enter}');
}

describe('OperationsMenu', () => {
  it('shows what would happen, and begins what was agreed to', async () => {
    const { api, onStarted, toasts } = await show();
    const dialog = await openDialog();
    const start = within(dialog).getByRole('button', { name: transfer.title });
    expect(start).toBeDisabled();
    expect(dialog).toHaveTextContent(
      'What would happen is shown here before anything begins.',
    );
    await chooseOwner(dialog);
    expect(
      await within(dialog).findByRole('list', { name: 'What will happen' }),
    ).toHaveTextContent('does not own it any more');
    await userEvent.type(within(dialog).getByLabelText(/Why/), ' Term over ');
    await userEvent.click(start);
    await waitFor(() => expect(onStarted).toHaveBeenCalledTimes(1));
    expect(api.started).toEqual([
      {
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        request: {
          kind: 'transfer',
          owner: expect.stringMatching(/^(user|group):/),
        },
        fingerprint: 'as-agreed',
        reason: 'Term over',
      },
    ]);
    expect(toasts).toMatchObject([
      { title: `${transfer.title}: begun for demo` },
    ]);
    expect(screen.queryByRole('dialog')).toBeNull();
  });

  it('asks how many workers there are to be, and which leave', async () => {
    const scale = {
      kind: 'scale' as const,
      title: 'Add or remove workers',
      description: 'New workers join the cluster.',
      available: true,
    };
    const { api } = await show(one => {
      one.possibleOperations = [scale];
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Change' }),
    );
    await userEvent.click(
      await screen.findByRole('menuitem', { name: scale.title }),
    );
    const dialog = await screen.findByRole('dialog');
    const workers = within(dialog).getByRole('textbox', { name: /Workers/ });
    expect(workers).toHaveValue(String(cluster.spec.workers));
    await userEvent.clear(workers);
    await userEvent.type(workers, '5');
    await userEvent.tab();
    const [first] = cluster.nodes.filter(({ role }) => role === 'worker');
    await userEvent.click(
      within(dialog).getByRole('checkbox', { name: first.name }),
    );
    await within(dialog).findByRole('list', { name: 'What will happen' });
    await userEvent.click(
      within(dialog).getByRole('button', { name: scale.title }),
    );
    await waitFor(() =>
      expect(api.started).toMatchObject([
        { request: { kind: 'scale', workers: 5, remove: [first.name] } },
      ]),
    );
  });

  it('asks for a size of the environment, and which machines get it', async () => {
    const resize = {
      kind: 'resize' as const,
      title: 'Resize machines',
      description: 'Machines get another size.',
      available: true,
    };
    const { api } = await show(one => {
      one.possibleOperations = [resize];
    });
    const [size] = (await api.listEnvironments()).find(
      ({ name }) => name === cluster.environment,
    )!.sizes;
    await userEvent.click(
      await screen.findByRole('button', { name: 'Change' }),
    );
    await userEvent.click(
      await screen.findByRole('menuitem', { name: resize.title }),
    );
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(
      within(dialog).getByRole('button', { name: /New size/ }),
    );
    await userEvent.click(
      await screen.findByRole('option', { name: new RegExp(size.title!) }),
    );
    const [first] = cluster.nodes;
    await userEvent.click(
      within(dialog).getByRole('checkbox', { name: first.name }),
    );
    await within(dialog).findByRole('list', { name: 'What will happen' });
    await userEvent.click(
      within(dialog).getByRole('button', { name: resize.title }),
    );
    await waitFor(() =>
      expect(api.started).toMatchObject([
        { request: { kind: 'resize', size: size.name, nodes: [first.name] } },
      ]),
    );
  });

  it('says what is in the way, and begins nothing', async () => {
    const { api } = await show(one => {
      one.plan = () =>
        aPlan({
          problems: [
            {
              field: 'owner',
              code: 'KUBESMITH-QUOTA-EXCEEDED',
              message: 'The new owner has no vCPU left.',
              remedy: 'Choose somebody else.',
            },
          ],
        });
    });
    const dialog = await openDialog();
    await chooseOwner(dialog);
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'The new owner has no vCPU left. Choose somebody else. (KUBESMITH-QUOTA-EXCEEDED)',
    );
    expect(
      within(dialog).getByRole('button', { name: transfer.title }),
    ).toBeDisabled();
    expect(api.started).toEqual([]);
  });

  it('reads the plan again when it was another one than was agreed to', async () => {
    const { api, onStarted } = await show();
    const dialog = await openDialog();
    await chooseOwner(dialog);
    await within(dialog).findByRole('list', { name: 'What will happen' });
    api.plan = () => aPlan({ fingerprint: 'another', summary: 'Another plan' });
    await userEvent.click(
      within(dialog).getByRole('button', { name: transfer.title }),
    );
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'KUBESMITH-PLAN-CHANGED',
    );
    expect(await within(dialog).findByText('Another plan.')).toBeVisible();
    expect(onStarted).not.toHaveBeenCalled();
  });

  it('says why something is not possible now, and nothing to those who may do nothing', async () => {
    const { unmount } = await show(api => {
      api.possibleOperations = [
        {
          ...transfer,
          available: false,
          why: 'It is being built. Wait until it is ready.',
        },
      ];
    });
    await userEvent.click(
      await screen.findByRole('button', { name: 'Change' }),
    );
    await userEvent.click(
      await screen.findByRole('menuitem', { name: /not now/ }),
    );
    const dialog = await screen.findByRole('dialog', { name: /not now/ });
    expect(dialog).toHaveTextContent(
      'It is being built. Wait until it is ready.',
    );
    // The one in the corner, and the one below the text.
    const [, close] = within(dialog).getAllByRole('button', { name: 'Close' });
    await userEvent.click(close);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
    unmount();
    await show(api => {
      api.possibleOperations = [];
    });
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(screen.queryByRole('button', { name: 'Change' })).toBeNull();
  });
});
