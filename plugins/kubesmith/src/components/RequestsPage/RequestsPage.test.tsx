import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import {
  KubesmithApiError,
  type OrderRequest,
} from '@kubesmith/plugin-kubesmith-common';
import { MemoryKubesmithApi } from '../../__testUtils__/MemoryKubesmithApi';
import { renderWithApi } from '../../__testUtils__/renderWithApi';
import { RequestsPage } from './RequestsPage';

jest.setTimeout(60_000);

const aRequest = (values: Partial<OrderRequest> = {}): OrderRequest => ({
  id: 'request-1',
  status: 'waiting',
  environment: 'course',
  name: 'demo',
  owner: 'user:default/student-1',
  requester: 'user:default/student-1',
  draft: {
    name: 'demo',
    environment: 'course',
    size: 'large',
    workers: 9,
    reason: 'Exercise 7',
  },
  why: ['It has 9 workers; more than 4 need an approval.'],
  createdAt: new Date(Date.now() - 3_600_000).toISOString(),
  expiresAt: new Date(Date.now() + 6 * 86_400_000).toISOString(),
  can: { decide: true, withdraw: false },
  ...values,
});

async function show(requests: OrderRequest[], at?: string) {
  const api = new MemoryKubesmithApi();
  api.orderRequests = requests;
  await renderWithApi(<RequestsPage />, { api, at });
  return api;
}

const press = async (name: string) =>
  userEvent.click(await screen.findByRole('button', { name }));

describe('RequestsPage', () => {
  it('says what waits, for whom, why, and until when', async () => {
    await show([aRequest()]);
    const table = await screen.findByRole('table', {
      name: 'Orders that need an approval',
    });
    const row = within(table).getAllByRole('row')[1];
    for (const text of [
      'demo',
      'course: 9 workers, size large',
      'Exercise 7',
      'It has 9 workers; more than 4 need an approval.',
      'Waiting',
      'in 6 days',
    ])
      expect(row).toHaveTextContent(text);
    expect(
      screen.queryByRole('button', { name: /Take back/ }),
    ).not.toBeInTheDocument();
  });

  it('approves, with a reason if there is one', async () => {
    const api = await show([aRequest()]);
    const approve = jest.spyOn(api, 'approveOrderRequest');
    await press('Approve demo');
    await userEvent.type(
      await screen.findByRole('textbox', { name: /Reason/ }),
      'For the exam',
    );
    await press('Approve');
    await waitFor(() =>
      expect(approve).toHaveBeenCalledWith('request-1', 'For the exam'),
    );
    expect(await screen.findByText('Approved')).toBeInTheDocument();
    expect(
      screen.queryByRole('button', { name: 'Approve demo' }),
    ).not.toBeInTheDocument();
  });

  it('refuses only with a reason', async () => {
    const api = await show([aRequest()]);
    await press('Refuse demo');
    const refuse = await screen.findByRole('button', { name: 'Refuse' });
    expect(refuse).toBeDisabled();
    await userEvent.type(
      screen.getByRole('textbox', { name: /Reason/ }),
      'Too large',
    );
    await userEvent.click(refuse);
    await waitFor(() =>
      expect(api.orderRequests[0]).toMatchObject({
        status: 'refused',
        decisionReason: 'Too large',
      }),
    );
    expect(await screen.findByText('Refused')).toBeInTheDocument();
  });

  it('stays open and says why an approval was not possible', async () => {
    const api = await show([aRequest()]);
    jest.spyOn(api, 'approveOrderRequest').mockRejectedValue(
      new KubesmithApiError({
        status: 409,
        code: 'KUBESMITH-REQUEST-NOT-POSSIBLE',
        message: 'The order is not possible any more: the name is taken.',
      }),
    );
    await press('Approve demo');
    await press('Approve');
    expect(await screen.findByRole('alert')).toHaveTextContent(
      'the name is taken. (KUBESMITH-REQUEST-NOT-POSSIBLE)',
    );
    expect(api.orderRequests[0].status).toBe('waiting');
  });

  it('lets people take their own order back', async () => {
    const api = await show([
      aRequest({ can: { decide: false, withdraw: true } }),
    ]);
    await press('Take back demo');
    await press('Take back');
    await waitFor(() => expect(api.orderRequests[0].status).toBe('withdrawn'));
    expect(await screen.findByText('Taken back')).toBeInTheDocument();
  });

  it('shows the problems of the last approval, and leads to the cluster of an approved one', async () => {
    const none = { decide: false, withdraw: false };
    await show([
      aRequest({
        problems: [
          {
            field: 'name',
            code: 'KUBESMITH-NAME-TAKEN',
            message: 'The name is taken.',
            remedy: 'Choose another name.',
          },
        ],
      }),
      aRequest({
        id: 'request-2',
        status: 'approved',
        decidedBy: 'user:default/instructor',
        clusterId: '11111111-1111-4111-8111-111111111111',
        can: none,
      }),
    ]);
    expect(
      await screen.findByText(/The name is taken\. Choose another name\./),
    ).toBeInTheDocument();
    expect(
      screen.getByRole('link', { name: 'To the cluster' }),
    ).toHaveAttribute(
      'href',
      '/kubesmith/clusters/11111111-1111-4111-8111-111111111111',
    );
  });

  it('shows one request alone when asked for it, and says so when there is none', async () => {
    await show(
      [aRequest(), aRequest({ id: 'request-2', name: 'other' })],
      '/kubesmith/requests?request=request-2',
    );
    expect(await screen.findByText('other')).toBeInTheDocument();
    expect(screen.queryByText('demo')).not.toBeInTheDocument();
    expect(screen.getByRole('link', { name: 'Show all' })).toHaveAttribute(
      'href',
      '/kubesmith/requests',
    );
  });

  it('says so when nothing waits', async () => {
    await show([]);
    expect(
      await screen.findByText(/No order of yours waits for an approval/),
    ).toBeInTheDocument();
  });
});
