import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import {
  aCluster,
  aGrant,
  aShare,
  anOperation,
} from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { Router } from '../Router';

const other = '99999999-9999-4999-8999-999999999999';

async function show(
  cluster: Cluster,
  prepare: (api: MemoryKubesmithApi) => void = () => {},
) {
  const api = new MemoryKubesmithApi([cluster]);
  prepare(api);
  const view = await renderWithApi(<Router />, {
    api,
    at: `/clusters/${cluster.id}`,
  });
  await screen.findByRole('heading', { name: cluster.name });
  return { ...view, api };
}

describe('ClusterPage', () => {
  it('shows a ready cluster with its nodes, addresses and facts', async () => {
    await show(aCluster());

    const about = screen.getByRole('region', { name: 'About this cluster' });
    expect(about).toHaveTextContent('https://10.40.19.203:6443');
    expect(about).toHaveTextContent('2 (1 control plane, 1 worker)');
    expect(about).toHaveTextContent('19 Feb 2027');
    const nodes = within(screen.getByRole('region', { name: 'Nodes' }));
    expect(nodes.getByRole('row', { name: 'demo-w-1' })).toHaveTextContent(
      /Worker.*Ready.*10\.40\.19\.202.*4 GiB.*20001 on pve2/,
    );
    expect(
      screen.getByRole('button', { name: 'Get kubeconfig' }),
    ).toBeInTheDocument();
  });

  it('follows a cluster until it is ready', async () => {
    const cluster = aCluster({
      phase: 'provisioning',
      operation: anOperation(),
    });
    const { api, signal } = await show(cluster);
    expect(
      screen.getByRole('region', { name: 'Creating the cluster' }),
    ).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Get kubeconfig' }),
    ).not.toBeInTheDocument();

    api.clusters = [aCluster()];
    await signal(other);
    await signal(cluster.id);

    expect(
      await screen.findByRole('button', { name: 'Get kubeconfig' }),
    ).toBeInTheDocument();
    expect(
      screen.queryByRole('region', { name: 'Creating the cluster' }),
    ).not.toBeInTheDocument();
  });

  it('says why a cluster failed and what to do', async () => {
    await show(
      aCluster({
        phase: 'failed',
        failure: {
          code: 'KUBESMITH-TERRAFORM-FAILED',
          class: 'permanent',
          message: 'The datastore is full.',
          nextStep: 'Ask for space.',
        },
      }),
    );

    const alert = screen.getByRole('alert');
    expect(alert).toHaveTextContent('The datastore is full.');
    expect(alert).toHaveTextContent('What to do: Ask for space.');
    expect(alert).toHaveTextContent('KUBESMITH-TERRAFORM-FAILED');
  });

  it('says that a cluster is not there, or not for this user', async () => {
    await renderWithApi(<Router />, {
      api: new MemoryKubesmithApi([aCluster()]),
      at: `/clusters/${other}`,
    });

    expect(await screen.findByRole('alert')).toHaveTextContent(
      'There is no such cluster, or you may not see it',
    );
  });

  it('offers nothing that the user may not do', async () => {
    await show(aCluster({ can: { delete: false, access: false } }), api => {
      api.grants = [aGrant({ canRevoke: false })];
      api.shares = [aShare()];
    });

    expect(await screen.findByText('Administrator')).toBeInTheDocument();
    for (const name of [
      'Get kubeconfig',
      'Delete cluster',
      'Share',
      /^Revoke/,
      /^End/,
    ]) {
      expect(screen.queryByRole('button', { name })).not.toBeInTheDocument();
    }
  });

  it('leads to the deletion form with the cluster filled in, after a question', async () => {
    await show(aCluster());
    await userEvent.click(
      screen.getByRole('button', { name: 'Delete cluster' }),
    );

    const dialog = await screen.findByRole('dialog', { name: 'Delete demo?' });
    expect(dialog).toHaveTextContent('Nothing of it can be brought back.');
    const link = within(dialog).getByRole('link', {
      name: 'Continue to deletion',
    });
    const url = new URL(link.getAttribute('href')!, 'http://portal');
    expect(url.pathname).toBe('/create/templates/default/delete-k8s-cluster');
    expect(JSON.parse(url.searchParams.get('formData')!)).toEqual({
      cluster: 'resource:kubesmith/distributed-systems-2026.demo',
    });

    await userEvent.click(
      within(dialog).getByRole('button', { name: 'Keep the cluster' }),
    );
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
  });

  it('is not to be deleted twice', async () => {
    await show(aCluster({ phase: 'deleting' }));
    expect(
      screen.queryByRole('button', { name: 'Delete cluster' }),
    ).not.toBeInTheDocument();
  });

  it('lists the kubeconfigs, and revokes one after a question', async () => {
    const { api } = await show(aCluster(), double => {
      double.grants = [
        aGrant(),
        aGrant({ id: 'old', active: false, canRevoke: false, role: 'viewer' }),
      ];
    });
    const section = within(screen.getByRole('region', { name: 'Kubeconfigs' }));
    const revoke = jest.spyOn(api, 'revokeGrant');
    // One of the two has ended.
    await userEvent.click(
      await section.findByRole('button', { name: /^Revoke/ }),
    );
    expect(revoke).not.toHaveBeenCalled();

    await userEvent.click(
      await screen.findByRole('button', { name: 'Revoke kubeconfig' }),
    );
    expect(await section.findByText(/^revoked/)).toBeInTheDocument();
    expect(revoke).toHaveBeenCalledWith(aGrant().id);
    expect(
      section.queryByRole('button', { name: /^Revoke/ }),
    ).not.toBeInTheDocument();
  });

  it('says until when a kubeconfig works that its cluster could not be told to end', async () => {
    await show(aCluster(), api => {
      api.grants = [
        aGrant({
          endRequestedAt: '2026-11-21T11:00:00.000Z',
          endReason: 'share-ended',
        }),
      ];
    });
    const section = within(screen.getByRole('region', { name: 'Kubeconfigs' }));
    expect(
      await section.findByText(/ended with its share, but the cluster/),
    ).toHaveTextContent(/it works until 21 Nov 2026/);
  });

  it('shows a kubeconfig that was just issued in the list', async () => {
    await show(aCluster());
    const section = within(screen.getByRole('region', { name: 'Kubeconfigs' }));
    expect(
      await section.findByText('No kubeconfig was issued yet.'),
    ).toBeInTheDocument();

    await userEvent.click(
      screen.getByRole('button', { name: 'Get kubeconfig' }),
    );
    await screen.findByRole('radio', { name: /^Viewer/ });
    await userEvent.click(
      screen.getByRole('button', { name: 'Issue kubeconfig' }),
    );
    await userEvent.click(
      await screen.findByRole('button', { name: 'Close without saving' }),
    );

    expect(
      await section.findByRole('row', { name: 'student-1' }),
    ).toHaveTextContent(/Viewer.*just now.*ends in 8 hours/);
  });
});
