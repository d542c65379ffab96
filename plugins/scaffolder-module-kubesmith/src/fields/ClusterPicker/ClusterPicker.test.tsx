import type { ClusterQuery } from '@kubesmith/plugin-kubesmith';
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
const options = { operation: 'scale' };
const DEMO = 'resource:kubesmith/course.demo';
const clusters = [
  aCluster(),
  aCluster({
    name: 'asleep',
    phase: 'hibernated',
    entityRef: 'resource:kubesmith/course.asleep',
  }),
];

/**
 * Gives of these clusters what is asked for by environment, name and operation, one page of it; of rights it knows nothing: only
 * what is ready can be scaled.
 */
function apiWith(items: Cluster[], page = 500) {
  const listClusters = jest.fn(
    async ({ environment, operation, search = '' }: ClusterQuery = {}) => {
      const found = items.filter(
        ({ environment: place, name, phase }) =>
          name.includes(search) &&
          (!environment || place === environment) &&
          (operation !== 'scale' || phase === 'ready'),
      );
      return { items: found.slice(0, page), total: found.length };
    },
  );
  return { listClusters };
}

async function offered() {
  await screen.findByText('Choose a cluster');
  await userEvent.click(screen.getByRole('button', { name: /Cluster/ }));
  return screen.findAllByRole('option');
}
const texts = (found: HTMLElement[]) =>
  found.map(({ textContent }) => textContent);

describe('ClusterPicker', () => {
  it('offers those with which the user can do it; the value is the entity ref', async () => {
    const api = apiWith(clusters);
    const form = await renderForm({ fields: [{ ...field, options }], api });

    const found = await offered();
    expect(texts(found)).toEqual(['demo in course, owner student-1']);
    expect(api.listClusters).toHaveBeenCalledTimes(1);
    expect(api.listClusters).toHaveBeenCalledWith({
      limit: 500,
      operation: 'scale',
    });
    await userEvent.click(found[0]);
    await waitFor(() => expect(form.data()).toEqual({ cluster: DEMO }));
  });

  it('offers all that the user sees when the template names no operation', async () => {
    const api = apiWith(clusters);
    await renderForm({ fields: [field], api });
    expect(texts(await offered())).toEqual([
      'demo in course, owner student-1',
      'asleep in course, owner student-1',
    ]);
    expect(api.listClusters).toHaveBeenCalledWith({ limit: 500 });
  });

  it.each([
    ['one of the list', 500],
    ['beyond what the list holds', 1],
  ])('shows the one that the page has filled in: %s', async (_, page) => {
    const first = aCluster({
      name: 'first',
      entityRef: 'resource:kubesmith/course.first',
    });
    const form = await renderForm({
      fields: [{ ...field, options }],
      api: apiWith([first, ...clusters], page),
      data: { cluster: DEMO },
    });
    expect(
      await screen.findByRole('button', { name: /demo in course.*Cluster/ }),
    ).toBeInTheDocument();
    expect(form.data()).toEqual({ cluster: DEMO });
  });

  it('says so when there is none, and what it takes', async () => {
    await renderForm({ fields: [{ ...field, options }], api: apiWith([]) });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      /There is no cluster with which you can do this now.*right.*state/,
    );
  });
});

describe('validateCluster', () => {
  const check = (cluster: string, api = apiWith(clusters)) =>
    validate({
      name: 'cluster',
      validation: validateCluster,
      api,
      data: { cluster },
      options,
    });
  const refusal = [
    'This cannot be done with that cluster now: it may be gone, or in another state, or you may not. Choose another one.',
  ];

  it('lets a cluster pass that the field offers', async () => {
    const api = apiWith(clusters);
    expect(await check(DEMO, api)).toEqual([]);
    expect(api.listClusters).toHaveBeenCalledWith({
      limit: 500,
      operation: 'scale',
    });
  });

  it.each(['course.asleep', 'course.no-such', 'other.demo'])(
    'refuses %s',
    async name => {
      const ref = `resource:kubesmith/${name}`;
      expect(await check(ref)).toEqual(refusal);
    },
  );

  it('lets pass what the user sees when the template names no operation', async () => {
    const api = apiWith(clusters);
    const ref = 'resource:kubesmith/course.asleep';
    expect(
      await validate({
        name: 'cluster',
        validation: validateCluster,
        api,
        data: { cluster: ref },
      }),
    ).toEqual([]);
  });

  it('looks one up that is beyond what the field can show, for the same operation', async () => {
    const many = [
      aCluster({ name: 'first', entityRef: 'resource:kubesmith/course.first' }),
      ...clusters,
    ];
    const api = apiWith(many, 1);
    expect(await check(DEMO, api)).toEqual([]);
    expect(api.listClusters).toHaveBeenLastCalledWith({
      limit: 500,
      operation: 'scale',
      environment: 'course',
      search: 'demo',
    });
    const others = ['course.asleep', 'course.dem', 'other.demo'];
    for (const name of others)
      expect(
        await check(`resource:kubesmith/${name}`, apiWith(many, 1)),
      ).toEqual(refusal);
  });

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
        data: { cluster: DEMO },
      }),
    ).toEqual([
      'The cluster could not be looked up: The network is away. Try again.',
    ]);
  });
});
