import type {
  AppliedQuota,
  OrderDraft,
} from '@kubesmith/plugin-kubesmith-common';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { anEnvironment, formData } from '../../__testUtils__/records';
import { renderForm } from '../../__testUtils__/renderForm';
import { Workers } from '../../fields/Workers/Workers';

const fields = [
  {
    name: 'workers',
    component: Workers,
    schema: { type: 'integer', title: 'Workers' },
  },
];

/** A quota of 8 vCPU and 16 GiB for each person, of which one small node is used already. */
const quotaAfter = ({ workers }: OrderDraft): AppliedQuota => ({
  id: '11111111-1111-4111-8111-111111111111',
  environment: 'course',
  scope: 'each-person',
  title: "each person in 'course'",
  leaseDays: 30,
  limits: [
    { resource: 'vcpu', limit: 8, use: 2, after: 2 + 2 * (workers! + 1) },
    {
      resource: 'memoryMiB',
      limit: 65_536,
      use: 4096,
      after: 4096 * (workers! + 2),
    },
  ],
});

async function show(data: object = { ...formData, workers: 1 }) {
  const previewOrder = jest.fn(async (draft: OrderDraft) => ({
    problems: [],
    quotas: [quotaAfter(draft)],
  }));
  await renderForm({
    fields,
    api: {
      listEnvironments: async () => [anEnvironment({ maxWorkers: 9 })],
      previewOrder,
    },
    data: { ...data },
  });
  return previewOrder;
}

describe('OrderImpact', () => {
  it('says what is left after the order, by words and meters', async () => {
    await show();
    const table = await screen.findByRole('table', {
      name: 'What is left after this order',
    });
    const [, vcpu, memory] = within(table).getAllByRole('row');
    expect(vcpu).toHaveTextContent(
      "each person in 'course'After this order 2 of 8 vCPU are left.",
    );
    expect(memory).toHaveTextContent(
      'After this order 52 of 64 GiB of memory are left.',
    );
    const meter = within(vcpu).getByLabelText("vCPU, each person in 'course'");
    expect(meter).toHaveAttribute(
      'aria-valuetext',
      'After this order 2 of 8 vCPU are left.',
    );
    expect(
      screen.getByText('The cluster lasts 30 days at most.'),
    ).toBeInTheDocument();
  });

  it('counts anew when the order changes, and says how much is too much', async () => {
    const previewOrder = await show();
    await screen.findByRole('table');
    const box = screen.getByRole('textbox', { name: 'Workers' });
    await userEvent.clear(box);
    await userEvent.type(box, '4{Enter}');
    expect(
      await screen.findByText('Not enough: 4 vCPU beyond the limit of 8.'),
    ).toBeInTheDocument();
    expect(previewOrder).toHaveBeenLastCalledWith(
      expect.objectContaining({ environment: 'course', workers: 4 }),
    );
  });

  it('shows nothing where no quota applies, and asks nothing before the order says enough', async () => {
    const previewOrder = await show({ ...formData, size: undefined });
    await new Promise(resolve => setTimeout(resolve, 600));
    expect(previewOrder).not.toHaveBeenCalled();
    expect(screen.queryByRole('table')).not.toBeInTheDocument();
  });

  it('says beforehand that the order needs an approval, and why', async () => {
    await renderForm({
      fields,
      api: {
        listEnvironments: async () => [anEnvironment()],
        previewOrder: async () => ({
          problems: [],
          quotas: [],
          approval: {
            why: ['It has 5 workers; more than 4 need an approval.'],
          },
        }),
      },
      data: { ...formData },
    });
    expect(
      await screen.findByText('This order needs an approval'),
    ).toBeInTheDocument();
    expect(
      screen.getByText(/It has 5 workers; more than 4 need an approval/),
    ).toBeInTheDocument();
  });

  it.each([
    [
      'The department is full',
      { position: 3, of: 3, reason: 'memory' as const },
      /you would be number 3 of 3; nobody knows when.*not enough free memory/,
    ],
    [
      'Others come first',
      {
        position: 2,
        of: 2,
        reason: 'clones' as const,
        estimate: new Date(Date.now() + 24.5 * 60_000).toISOString(),
      },
      /you would be number 2 of 2, about 25 minutes\. As many machines/,
    ],
  ])(
    'says beforehand that the order would wait: %s',
    async (title, queue, text) => {
      await renderForm({
        fields,
        api: {
          listEnvironments: async () => [anEnvironment()],
          previewOrder: async () => ({ problems: [], quotas: [], queue }),
        },
        data: { ...formData },
      });
      expect(await screen.findByText(title)).toBeInTheDocument();
      expect(screen.getByText(text)).toBeInTheDocument();
    },
  );

  it('says when it could not be read', async () => {
    await renderForm({
      fields,
      api: {
        listEnvironments: async () => [anEnvironment()],
        previewOrder: async () => {
          throw new Error('The network is away');
        },
      },
      data: { ...formData },
    });
    await waitFor(() =>
      expect(
        screen.getByText(/could not be read: The network is away/),
      ).toBeInTheDocument(),
    );
  });
});
