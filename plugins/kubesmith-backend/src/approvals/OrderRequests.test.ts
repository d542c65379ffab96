import { createTestDatabases, openStores } from '../__testUtils__/databases';
import { testConfig } from '../__testUtils__/config';
import { ApprovalNeeded } from './ApprovalRules';
import { OrderRequestStore } from './OrderRequestStore';
import { OrderRequests } from './OrderRequests';

const databases = createTestDatabases();
const ADA = 'user:default/student-1';

describe.each(databases.eachSupportedId())('OrderRequests on %s', id => {
  it('tell approvers of the first three of a person in an hour, however often they are taken back', async () => {
    const knex = await databases.init(id);
    await openStores(knex);
    const [environment] = testConfig().environments;
    const notices = { waiting: jest.fn(async () => {}), over: jest.fn() };
    const requests = new OrderRequests({
      access: { ordererOf: jest.fn() },
      environments: {
        find: async name =>
          ({ ...environment, name, version: 1 } as unknown as undefined),
      },
      notices,
      onExpired: jest.fn(),
      orders: {
        async place() {
          throw new ApprovalNeeded(['It is large.'], ADA);
        },
      },
      store: new OrderRequestStore(knex),
    });
    const open = async (requestKey: string, place = 'course') => {
      const answer = await requests.placeOrOpen(
        { name: requestKey, environment: place },
        {
          caller: { userRef: ADA, claims: [], mayOrder: () => true },
          requestKey,
        },
      );
      if (!('waiting' in answer)) throw new Error('it does not wait');
      return answer.waiting;
    };
    for (let n = 0; n < 30; n++) {
      const { id: opened } = await open(`demo-${n}`);
      await requests.end(opened, { status: 'withdrawn', by: ADA });
    }
    expect(notices.waiting).toHaveBeenCalledTimes(3);
    await open('other', 'another');
    expect(notices.waiting).toHaveBeenCalledTimes(4);
    await knex('order_requests').update({ created_at: 1 });
    await open('later');
    await open('later');
    expect(notices.waiting).toHaveBeenCalledTimes(5);
  });
});
