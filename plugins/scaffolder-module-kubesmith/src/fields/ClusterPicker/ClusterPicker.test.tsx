import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { aCluster } from '../../__testUtils__/records';
import { renderForm, validate } from '../../__testUtils__/renderForm';
import { ClusterPicker } from './ClusterPicker';
import { validateCluster } from './validateCluster';

const field = {
  name: 'cluster',
  component: ClusterPicker,
  schema: { type: 'string', title: 'Cluster' },
};
const clusters = [
  aCluster(),
  aCluster({ name: 'going', phase: 'deleting', entityRef: 'resource:k/going' }),
  aCluster({
    name: 'theirs',
    entityRef: 'resource:k/theirs',
    can: { delete: false, access: true },
  }),
];

function apiWith(items: Cluster[]) {
  return { listClusters: async () => ({ items, total: items.length }) };
}

describe('ClusterPicker', () => {
  it('offers what the user may delete; the value is the entity ref', async () => {
    const form = await renderForm({ fields: [field], api: apiWith(clusters) });
    await screen.findByText('Choose a cluster');
    await userEvent.click(screen.getByRole('button', { name: /Cluster/ }));

    const found = await screen.findAllByRole('option');
    expect(found.map(option => option.textContent)).toEqual([
      'demo in course, owner student-1',
    ]);
    await userEvent.click(found[0]);
    await waitFor(() =>
      expect(form.data()).toEqual({
        cluster: 'resource:kubesmith/course.demo',
      }),
    );
  });

  it('shows the one that the page has filled in', async () => {
    await renderForm({
      fields: [field],
      api: apiWith(clusters),
      data: { cluster: 'resource:kubesmith/course.demo' },
    });
    expect(
      await screen.findByRole('button', { name: /demo in course.*Cluster/ }),
    ).toBeInTheDocument();
  });

  it('says so when there is none', async () => {
    await renderForm({ fields: [field], api: apiWith([]) });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'There is no cluster that you may delete',
    );
  });
});

describe('validateCluster', () => {
  const check = (cluster: string, items: Cluster[]) =>
    validate({
      name: 'cluster',
      validation: validateCluster,
      api: apiWith(items),
      data: { cluster },
    });

  it('lets a cluster pass that the user may delete', async () => {
    expect(await check('resource:kubesmith/course.demo', clusters)).toEqual([]);
  });

  it.each(['resource:k/going', 'resource:k/theirs', 'resource:k/no-such'])(
    'refuses %s',
    async entityRef => {
      expect(await check(entityRef, clusters)).toEqual([
        expect.stringContaining('There is no such cluster that you may delete'),
      ]);
    },
  );

  it('lets nothing pass that could not be looked up', async () => {
    expect(
      await validate({
        name: 'cluster',
        validation: validateCluster,
        api: {
          listClusters: async () => {
            throw new Error('The network is away');
          },
        },
        data: { cluster: 'resource:kubesmith/course.demo' },
      }),
    ).toEqual([
      'The cluster could not be looked up: The network is away. Try again.',
    ]);
  });
});
