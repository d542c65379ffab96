import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { aCluster } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { ClustersPage } from './ClustersPage';

const building = aCluster({
  id: 'b',
  name: 'blue-whale',
  phase: 'provisioning',
  owner: 'group:default/students',
});
const ready = aCluster({ id: 'r', name: 'red-fox' });
const deleted = aCluster({ id: 'd', name: 'dead-duck', phase: 'deleted' });

async function rowNames() {
  const rows = await screen.findAllByRole('rowheader');
  return rows.map(row => row.textContent);
}

describe('ClustersPage', () => {
  it('lists what the user may see, without deleted clusters', async () => {
    const api = new MemoryKubesmithApi([building, ready, deleted]);
    await renderWithApi(<ClustersPage />, { api });

    expect(await rowNames()).toEqual(['blue-whale', 'red-fox']);
    const row = screen.getByRole('row', { name: /blue-whale/ });
    expect(within(row).getByText('Creating machines')).toBeInTheDocument();
    expect(within(row).getByText('1.36.3')).toBeInTheDocument();
    expect(
      within(row).getByTitle('2 (1 control plane, 1 worker)'),
    ).toHaveTextContent('2');
    expect(within(row).getByRole('link', { name: 'students' })).toHaveAttribute(
      'href',
      '/catalog/default/group/students',
    );
    expect(
      within(row).getByRole('link', { name: 'blue-whale' }),
    ).toHaveAttribute('href', '/kubesmith/clusters/b');
  });

  it('leads somebody without clusters to the order form', async () => {
    await renderWithApi(<ClustersPage />, { api: new MemoryKubesmithApi() });

    expect(
      await screen.findByRole('heading', { name: 'You have no clusters yet' }),
    ).toBeInTheDocument();
    expect(
      await screen.findByRole('link', { name: 'New K8s cluster' }),
    ).toHaveAttribute('href', '/create/templates/default/new-k8s-cluster');
  });

  it('offers no order to somebody who may not', async () => {
    await renderWithApi(<ClustersPage />, {
      api: new MemoryKubesmithApi([ready]),
      mayOrder: false,
    });

    expect(await rowNames()).toEqual(['red-fox']);
    expect(
      screen.queryByRole('link', { name: 'New K8s cluster' }),
    ).not.toBeInTheDocument();
  });

  it('says why the list could not be read, and tries again', async () => {
    const api = new MemoryKubesmithApi([ready]);
    jest
      .spyOn(api, 'listClusters')
      .mockRejectedValueOnce(new Error('The database is away'));
    await renderWithApi(<ClustersPage />, { api });

    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The database is away',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await rowNames()).toEqual(['red-fox']);
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  it('keeps an old list, and says so, when it cannot be renewed', async () => {
    const api = new MemoryKubesmithApi([ready]);
    const { signal } = await renderWithApi(<ClustersPage />, { api });
    await rowNames();

    jest
      .spyOn(api, 'listClusters')
      .mockRejectedValueOnce(new Error('The network is away'));
    await signal('r');

    expect(
      await screen.findByText(/What you see may be out of date/),
    ).toBeInTheDocument();
    expect(await rowNames()).toEqual(['red-fox']);
  });

  it('reads the list again when a cluster changed', async () => {
    const api = new MemoryKubesmithApi([building]);
    const { signal } = await renderWithApi(<ClustersPage />, { api });
    expect(await screen.findByText('Creating machines')).toBeInTheDocument();

    api.clusters = [{ ...building, phase: 'ready' }];
    await signal('b');

    await waitFor(() =>
      expect(screen.queryByText('Creating machines')).not.toBeInTheDocument(),
    );
    expect(
      within(screen.getByRole('row', { name: /blue-whale/ })).getByText(
        'Ready',
      ),
    ).toBeInTheDocument();
  });

  it('filters by state, deleted ones only on request', async () => {
    const ending = aCluster({
      id: 'e',
      name: 'short-fly',
      phase: 'verifying',
      expiresAt: new Date(Date.now() + 6 * 24 * 3_600_000).toISOString(),
    });
    const api = new MemoryKubesmithApi([building, ready, deleted, ending]);
    await renderWithApi(<ClustersPage />, { api });
    await rowNames();
    const choose = async (state: string) => {
      await userEvent.click(
        screen.getByRole('button', { name: /Filter by state/ }),
      );
      await userEvent.click(await screen.findByRole('option', { name: state }));
    };

    await choose('Being built');
    await waitFor(async () =>
      expect(await rowNames()).toEqual(['blue-whale', 'short-fly']),
    );
    await choose('Deleted');
    await waitFor(async () => expect(await rowNames()).toEqual(['dead-duck']));
    await choose('Expires within a week');
    await waitFor(async () => expect(await rowNames()).toEqual(['short-fly']));
    await choose('Failed or needs attention');
    expect(
      await screen.findByText(/No cluster fits the search/),
    ).toBeInTheDocument();
  });

  it('says of those that are kept from expiring that they are held', async () => {
    const kept = aCluster({
      name: 'kept',
      held: true,
      expiresAt: new Date(Date.now() - 3_600_000).toISOString(),
    });
    await renderWithApi(<ClustersPage />, {
      api: new MemoryKubesmithApi([kept]),
    });
    const row = await screen.findByRole('row', { name: /kept/ });
    expect(row).toHaveTextContent('held');
    expect(row).not.toHaveTextContent('ago');
  });

  it('searches by name, owner and environment', async () => {
    const api = new MemoryKubesmithApi([building, ready]);
    await renderWithApi(<ClustersPage />, { api });
    await rowNames();
    const search = screen.getByRole('searchbox', { name: 'Search clusters' });

    await userEvent.type(search, 'students DISTRIBUTED');
    await waitFor(async () => expect(await rowNames()).toEqual(['blue-whale']));
    await userEvent.clear(search);
    await userEvent.type(search, 'fox');
    await waitFor(async () => expect(await rowNames()).toEqual(['red-fox']));
  });
});
