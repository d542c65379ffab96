import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster, anEnvironmentRecord } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { MoveClusterButton } from '.';

const cluster = aCluster({ environment: 'here' });

async function open(options: { mayOrder?: boolean } = {}) {
  const api = new MemoryKubesmithApi([cluster]);
  api.environmentRecords = [
    anEnvironmentRecord({ name: 'here', title: 'Here' }),
    anEnvironmentRecord({ name: 'there', title: 'There' }),
    anEnvironmentRecord({ name: 'old', title: 'Old', retired: true }),
    anEnvironmentRecord({
      name: 'far',
      title: 'Far away',
      pool: { ...anEnvironmentRecord().pool, name: 'other' },
    }),
  ];
  const onMoved = jest.fn();
  const view = await renderWithApi(
    <MoveClusterButton cluster={cluster} onMoved={onMoved} />,
    { api, ...options },
  );
  return { api, onMoved, ...view };
}

async function choose(dialog: HTMLElement) {
  await userEvent.click(
    await within(dialog).findByRole('button', { name: /To/ }),
  );
  const options = screen.getAllByRole('option').map(one => one.textContent);
  await userEvent.click(screen.getByRole('option', { name: 'There' }));
  return options;
}

describe('MoveClusterButton', () => {
  it('moves the cluster to an environment on the same network', async () => {
    const { api, onMoved, toasts } = await open();
    await userEvent.click(await screen.findByRole('button', { name: 'Move' }));
    const dialog = await screen.findByRole('dialog');
    const move = within(dialog).getByRole('button', { name: 'Move' });
    expect(move).toBeDisabled();
    expect(await choose(dialog)).toEqual(['There']);
    await userEvent.click(move);
    await waitFor(() => expect(onMoved).toHaveBeenCalledTimes(1));
    expect(api.clusters[0].environment).toBe('there');
    expect(toasts).toMatchObject([
      { title: `${cluster.name} is in There now` },
    ]);
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  });

  it('says why not', async () => {
    const { api, onMoved } = await open();
    api.moveCluster = async () => {
      throw new KubesmithApiError({
        status: 400,
        code: 'KUBESMITH-MOVE-IMPOSSIBLE',
        message: 'The cluster cannot move: its VLAN is none, not 7.',
      });
    };
    await userEvent.click(await screen.findByRole('button', { name: 'Move' }));
    const dialog = await screen.findByRole('dialog');
    await choose(dialog);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Move' }));
    expect(await within(dialog).findByRole('alert')).toHaveTextContent(
      'its VLAN is none, not 7. (KUBESMITH-MOVE-IMPOSSIBLE)',
    );
    expect(onMoved).not.toHaveBeenCalled();
  });

  it('is not there for others', async () => {
    await open({ mayOrder: false });
    await new Promise(resolve => setTimeout(resolve, 50));
    expect(screen.queryByRole('button', { name: 'Move' })).toBeNull();
  });
});
