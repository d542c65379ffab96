import { mockServices } from '@backstage/backend-test-utils';
import { RequestNotices } from './RequestNotices';
import type { OrderRequestRecord } from './records';

const request: OrderRequestRecord = {
  id: 'request-1',
  requestKey: 'key',
  environment: 'course',
  owner: 'user:default/student-1',
  requester: 'user:default/student-1',
  draft: { name: 'demo' },
  why: ['It has 9 workers; more than 4 need an approval.'],
  status: 'waiting',
  createdAt: 1,
  expiresAt: 2,
};

const course = {
  owner: 'group:default/instructors',
  title: 'Distributed Systems',
};

function setUp(send = jest.fn(async () => {})) {
  const logger = mockServices.logger.mock();
  const notices = new RequestNotices({
    administrators: ['group:default/administrators'],
    logger,
    notifications: { send },
    people: {
      namesOf: async () => ref =>
        ref === 'user:default/student-1' ? 'Ada Lovelace' : 'Lee the lead',
    },
  });
  return { logger, notices, send };
}

describe('RequestNotices', () => {
  it('tells those who run the environment and the administrators, but never who asked', async () => {
    const { notices, send } = setUp();
    await notices.waiting(request, course);
    expect(send).toHaveBeenCalledWith({
      recipients: {
        type: 'entity',
        entityRef: [
          'group:default/instructors',
          'group:default/administrators',
        ],
        excludeEntityRef: 'user:default/student-1',
      },
      payload: {
        title: 'Ada Lovelace asks for the cluster demo',
        description:
          'In Distributed Systems. It has 9 workers; more than 4 need an approval.',
        link: '/kubesmith/requests?request=request-1',
        topic: 'kubesmith',
        scope: 'kubesmith:order-request:request-1',
      },
    });
  });

  it.each([
    [
      { status: 'approved', decidedBy: 'user:default/lead' },
      'The cluster demo was approved and is being built',
      'By Lee the lead.',
    ],
    [
      {
        status: 'refused',
        decidedBy: 'user:default/lead',
        decisionReason: 'Too large',
      },
      'The cluster demo was not approved',
      'By Lee the lead: Too large',
    ],
    [
      { status: 'expired' },
      'Nobody decided about the cluster demo in time',
      'Order it again if you still need it.',
    ],
  ] as const)(
    'tells who asked how it ended: %j',
    async (change, title, description) => {
      const { notices, send } = setUp();
      await notices.over({ ...request, ...change });
      expect(send).toHaveBeenCalledWith({
        recipients: {
          type: 'entity',
          entityRef: ['user:default/student-1'],
        },
        payload: expect.objectContaining({ title, description }),
      });
    },
  );

  it('is not needed: a portal without notifications goes on', async () => {
    const { logger, notices } = setUp(
      jest.fn(async () => {
        throw new Error('No such plugin');
      }),
    );
    await expect(notices.waiting(request, course)).resolves.toBeUndefined();
    expect(logger.info).toHaveBeenCalledWith(
      expect.any(String),
      expect.objectContaining({ orderRequestId: 'request-1' }),
    );
  });
});
