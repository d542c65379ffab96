import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import type { AppliedQuota, Quota } from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { anEnvironment } from '../../__testUtils__/records';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { QuotasPage } from './QuotasPage';

jest.setTimeout(60_000);

const mine: AppliedQuota = {
  id: 'mine',
  environment: 'course',
  scope: 'each-person',
  title: "each person in 'course'",
  leaseDays: 14,
  limits: [
    { resource: 'vcpu', limit: 8, use: 6, after: 6 },
    { resource: 'memoryMiB', limit: 4096, use: 12_288, after: 12_288 },
  ],
};

const managed: Quota = {
  id: 'managed',
  environment: 'course',
  scope: 'each-member',
  subject: 'group:default/students',
  title: "each member of group:default/students in 'course'",
  limits: { clusters: 2 },
  updatedBy: 'user:default/instructor',
  updatedAt: '2026-11-21T10:00:00.000Z',
  uses: [
    {
      person: 'user:default/student-1',
      clusters: 1,
      nodes: 2,
      vcpu: 4,
      memoryMiB: 8192,
      diskGiB: 40,
      addresses: 3,
    },
  ],
};

async function show(setUp: (api: MemoryKubesmithApi) => void = () => {}) {
  const api = new MemoryKubesmithApi();
  setUp(api);
  const view = await renderWithApi(<QuotasPage />, { api });
  return { api, view };
}

const number = (label: string) => screen.getByRole('textbox', { name: label });

describe('QuotasPage', () => {
  it('shows what applies to the person who looks, in bars and words', async () => {
    await show(api => {
      api.myQuotas = [mine];
    });
    const table = await screen.findByRole('table', {
      name: 'What applies to you',
    });
    const row = within(table).getAllByRole('row')[1];
    expect(row).toHaveTextContent("each person in 'course'6 of 8 vCPU");
    expect(row).toHaveTextContent('12 of 4 GiB of memory: more than the limit');
    expect(row).toHaveTextContent('Clusters last 14 days at most.');
    expect(
      within(row).getByLabelText("vCPU, each person in 'course'"),
    ).toHaveAttribute('aria-valuetext', '6 of 8 vCPU');
  });

  it('says so where nothing applies, and offers nothing to who may change nothing', async () => {
    await show(api => {
      api.environments = [];
    });
    expect(
      await screen.findByText('No quota limits what you may order.'),
    ).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'New quota' }),
    ).not.toBeInTheDocument();
  });

  it('sets a new quota, with memory in GiB', async () => {
    const { api } = await show();
    await userEvent.click(
      await screen.findByRole('button', { name: 'New quota' }),
    );
    await screen.findByRole('dialog');
    const save = screen.getByRole('button', { name: 'Save quota' });
    expect(save).toBeDisabled();
    await userEvent.type(number('vCPU'), '16');
    await userEvent.type(number('Memory in GiB'), '32');
    await userEvent.tab();
    await userEvent.click(save);
    await waitFor(() =>
      expect(screen.queryByRole('dialog')).not.toBeInTheDocument(),
    );
    expect(api.quotas).toMatchObject([
      {
        environment: api.environments[0].name,
        scope: 'each-person',
        limits: { vcpu: 16, memoryMiB: 32_768 },
      },
    ]);
    expect(
      await screen.findByRole('table', { name: 'Quotas that you may change' }),
    ).toBeInTheDocument();
  });

  it('is for a group that is chosen from the catalog', async () => {
    const { api } = await show();
    await userEvent.click(
      await screen.findByRole('button', { name: 'New quota' }),
    );
    await screen.findByRole('dialog');
    await userEvent.click(screen.getByRole('button', { name: /For$/ }));
    await userEvent.click(
      screen.getByRole('option', { name: 'Each member of a group' }),
    );
    await userEvent.type(number('Clusters'), '1');
    await userEvent.tab();
    const save = screen.getByRole('button', { name: 'Save quota' });
    expect(save).toBeDisabled();
    await userEvent.type(
      screen.getByRole('combobox', { name: /^Group/ }),
      'Stud',
    );
    await userEvent.click(
      await screen.findByRole('option', { name: /^Students of the course/ }),
    );
    await userEvent.click(save);
    await waitFor(() =>
      expect(api.quotas).toMatchObject([
        { scope: 'each-member', subject: 'group:default/students' },
      ]),
    );
  });

  it('changes a quota, and keeps the form open with the reason when that is refused', async () => {
    const { api } = await show(memory => {
      memory.quotas = [managed];
    });
    expect(await screen.findByText('1 of 2 clusters')).toBeInTheDocument();
    jest
      .spyOn(api, 'putQuota')
      .mockRejectedValueOnce(new Error('There is no such group. Check it.'));
    await userEvent.click(
      screen.getByRole('button', { name: /Change the quota of each member/ }),
    );
    const clusters = number('Clusters');
    await userEvent.clear(clusters);
    await userEvent.type(clusters, '5');
    await userEvent.tab();
    await userEvent.click(screen.getByRole('button', { name: 'Save quota' }));
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'There is no such group. Check it.',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Save quota' }));
    await waitFor(() =>
      expect(api.quotas).toMatchObject([
        {
          scope: 'each-member',
          subject: 'group:default/students',
          limits: { clusters: 5 },
        },
      ]),
    );
    expect(await screen.findByText('1 of 5 clusters')).toBeInTheDocument();
  });

  it('takes a quota away after a question', async () => {
    const { api, view } = await show(memory => {
      memory.quotas = [managed];
    });
    await userEvent.click(
      await screen.findByRole('button', { name: /Take away the quota/ }),
    );
    await userEvent.click(
      await screen.findByRole('button', { name: 'Take it away' }),
    );
    await waitFor(() => expect(api.quotas).toEqual([]));
    expect(view.toasts).toMatchObject([{ status: 'success' }]);
  });

  it('calls environments by their titles', async () => {
    await show(memory => {
      memory.environments = [anEnvironment({ name: 'course' })];
    });
    const table = await screen.findByRole('table', {
      name: 'What needs an approval',
    });
    expect(
      await within(table).findByRole('rowheader', { name: 'The course' }),
    ).toBeInTheDocument();
    await userEvent.click(
      screen.getByRole('button', {
        name: 'Change what needs an approval in The course',
      }),
    );
    expect(
      await screen.findByRole('dialog', {
        name: 'What needs an approval in The course',
      }),
    ).toBeInTheDocument();
  });

  it('sets what needs an approval, and shows it', async () => {
    const { api } = await show();
    const table = await screen.findByRole('table', {
      name: 'What needs an approval',
    });
    expect(table).toHaveTextContent('No order waits.');
    await userEvent.click(
      screen.getByRole('button', { name: /Change what needs an approval/ }),
    );
    await screen.findByRole('dialog');
    await userEvent.type(number('Workers'), '4');
    await userEvent.type(number('Memory of all machines in GiB'), '64');
    await userEvent.tab();
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() =>
      expect(api.approvalLimits).toMatchObject([
        { limits: { workers: 4, memoryMiB: 65_536 } },
      ]),
    );
    expect(
      await screen.findByText('4 workers, 64 GiB of memory'),
    ).toBeInTheDocument();
  });

  it('says why the quotas could not be read', async () => {
    await show(api => {
      jest.spyOn(api, 'listMyQuotas').mockRejectedValue(new Error('Away'));
    });
    expect(await screen.findByRole('alert')).toHaveTextContent('Away');
  });
});
