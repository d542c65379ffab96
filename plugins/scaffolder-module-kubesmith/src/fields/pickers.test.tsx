import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { anEnvironment } from '../__testUtils__/records';
import { renderForm } from '../__testUtils__/renderForm';
import { EnvironmentPicker } from './EnvironmentPicker/EnvironmentPicker';
import { OwnerPicker } from './OwnerPicker/OwnerPicker';
import { SizePicker } from './SizePicker/SizePicker';
import { VersionPicker } from './VersionPicker/VersionPicker';
import { explainWorkers, Workers } from './Workers/Workers';

const text = (title: string) => ({ type: 'string', title });
const fields = [
  {
    name: 'environment',
    component: EnvironmentPicker,
    schema: text('Environment'),
  },
  { name: 'owner', component: OwnerPicker, schema: text('Owner') },
  { name: 'size', component: SizePicker, schema: text('Size') },
  {
    name: 'workers',
    component: Workers,
    schema: {
      type: 'integer',
      title: 'Workers',
      description: 'Run your programs.',
    },
  },
  {
    name: 'kubernetesVersion',
    component: VersionPicker,
    schema: text('Kubernetes version'),
  },
];

const course = anEnvironment();
const research = anEnvironment({
  name: 'research',
  title: 'Research',
  sizes: [
    { name: 'huge', title: 'Huge', vcpu: 16, memoryMiB: 65536, diskGiB: 200 },
  ],
  kubernetesVersions: ['1.35.6'],
});
const closed = anEnvironment({
  name: 'closed',
  title: 'Not for you',
  canOrder: false,
});

async function options(label: RegExp) {
  await userEvent.click(screen.getByRole('button', { name: label }));
  const found = await screen.findAllByRole('option');
  return found.map(option => option.textContent);
}

describe('the fields of the order form', () => {
  it('fill themselves in where there is one sensible choice', async () => {
    const form = await renderForm({
      fields,
      api: { listEnvironments: async () => [course, closed] },
      data: { workers: 2 },
    });

    await waitFor(() =>
      expect(form.data()).toEqual({
        environment: 'course',
        owner: 'user:default/student-1',
        size: 'small',
        workers: 2,
        kubernetesVersion: '1.36.3',
      }),
    );
    expect(
      await screen.findByText(
        /For students\. Clusters live for 90 days\. 50 of 53 addresses are free\./,
      ),
    ).toBeInTheDocument();
  });

  it('say when clusters of an environment sleep', async () => {
    await renderForm({
      fields,
      api: {
        listEnvironments: async () => [
          anEnvironment({
            timetable: {
              sleep: '0 20 * * 1-5',
              wake: '0 7 * * 1-5',
              timeZone: 'Europe/Berlin',
            },
          }),
        ],
      },
      data: { workers: 2 },
    });
    // The form draws itself anew as its fields fill themselves in.
    await waitFor(
      () =>
        expect(
          screen.getByText(
            /Awake Monday to Friday from 07:00 to 20:00 \(Europe\/Berlin\), asleep otherwise\. You can change that/,
          ),
        ).toBeInTheDocument(),
      { timeout: 4_000 },
    );
  });

  it('offer the environments in which the user may order, and no other', async () => {
    const form = await renderForm({
      fields,
      api: { listEnvironments: async () => [course, research, closed] },
    });
    await screen.findByText('Choose an environment');
    expect(screen.getByRole('button', { name: /Size/ })).toBeDisabled();

    expect(await options(/Environment/)).toEqual(['The course', 'Research']);
    await userEvent.click(screen.getByRole('option', { name: 'The course' }));

    await waitFor(() =>
      expect(form.data()).toMatchObject({
        environment: 'course',
        size: 'small',
      }),
    );
  });

  it('say what a size is', async () => {
    await renderForm({
      fields,
      api: { listEnvironments: async () => [course] },
    });
    await screen.findAllByText(/Small/);

    expect(await options(/Size/)).toEqual([
      'Small: 2 vCPU, 4 GiB memory, 20 GiB disk',
      'Large: 8 vCPU, 8 GiB memory, 80 GiB disk',
    ]);
  });

  it('replace what the new environment does not offer', async () => {
    const form = await renderForm({
      fields,
      api: { listEnvironments: async () => [course, research] },
      data: {
        environment: 'course',
        size: 'large',
        kubernetesVersion: '1.36.3',
      },
    });
    await screen.findAllByText(/Large/);
    await options(/Environment/);
    await userEvent.click(screen.getByRole('option', { name: 'Research' }));

    await waitFor(() =>
      expect(form.data()).toMatchObject({
        environment: 'research',
        size: 'huge',
        kubernetesVersion: '1.35.6',
      }),
    );
  });

  it('keep what was chosen while the environment offers it', async () => {
    const form = await renderForm({
      fields,
      api: { listEnvironments: async () => [course] },
      data: { environment: 'course', size: 'large', owner: 'group:default/x' },
    });
    await screen.findAllByText(/Large/);
    expect(form.data()).toMatchObject({
      size: 'large',
      owner: 'group:default/x',
    });
  });

  it('offer the user and the groups of the user as owners', async () => {
    const form = await renderForm({
      fields,
      api: { listEnvironments: async () => [course] },
    });
    await screen.findAllByText(/Student One \(you\)/);

    expect(await options(/Owner/)).toEqual([
      'Student One (you)',
      'Students (group)',
    ]);
    await userEvent.click(
      screen.getByRole('option', { name: 'Students (group)' }),
    );
    await waitFor(() =>
      expect(form.data()).toMatchObject({ owner: 'group:default/students' }),
    );
  });

  it('explain the number of workers and keep it in its limits', async () => {
    const form = await renderForm({
      fields,
      api: { listEnvironments: async () => [course] },
      data: { workers: 2 },
    });
    const box = await screen.findByRole('textbox', { name: 'Workers' });
    await waitFor(() =>
      expect(box).toHaveAccessibleDescription(
        /3 nodes: 1 control plane and 2 workers, 4 addresses\. 46 of 53/,
      ),
    );

    await userEvent.clear(box);
    await userEvent.type(box, '9{Tab}');

    await waitFor(() => expect(form.data()).toMatchObject({ workers: 5 }));
  });

  it('say so when there is nowhere to order', async () => {
    await renderForm({
      fields,
      api: { listEnvironments: async () => [closed] },
    });
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'There is no environment that you may order in',
    );
  });

  it('say why the environments could not be read, and try again', async () => {
    const listEnvironments = jest
      .fn(async () => [course])
      .mockRejectedValueOnce(new Error('The network is away'));
    await renderForm({ fields: fields.slice(0, 1), api: { listEnvironments } });

    expect(await screen.findByRole('alert')).toHaveTextContent(
      'The network is away',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(
      await screen.findByRole('button', { name: /The course.*Environment/ }),
    ).toBeInTheDocument();
  });
});

describe('explainWorkers', () => {
  it.each([
    [0, '1 node: 1 control plane and 0 workers, 2 addresses. 48 of 53'],
    [1, '2 nodes: 1 control plane and 1 worker, 3 addresses. 47 of 53'],
  ])('with %d workers', (workers, beginning) => {
    expect(explainWorkers(workers, course)).toContain(beginning);
  });

  it('warns when there are too few addresses', () => {
    const full = anEnvironment({ pool: { ...course.pool, free: 3 } });
    expect(explainWorkers(2, full)).toContain('Only 3 addresses are free.');
  });
});
