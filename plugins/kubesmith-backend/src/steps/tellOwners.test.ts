import type { TellOwner } from './services';
import { tellOwners } from './tellOwners';

it('tells the new owner and the old one, with who and why', async () => {
  const told: Parameters<TellOwner>[] = [];
  const run = () =>
    tellOwners({
      cluster: { id: 'c', name: 'demo', owner: 'user:default/sam' },
      operation: {
        initiator: 'user:default/ada',
        input: {
          from: 'user:default/ada',
          to: 'user:default/sam',
          reason: 'The term is over',
        },
      },
      services: {
        tellOwner: async (...message: Parameters<TellOwner>) => {
          told.push(message);
        },
      },
    } as never);
  await run();
  // After a crash: the same scope lets the later one replace the earlier one.
  await run();

  expect(told).toHaveLength(4);
  const said = told.map(([{ owner }, { title, description }, scope]) => ({
    owner,
    title,
    scope,
    description,
  }));
  expect(said.slice(0, 2)).toEqual(said.slice(2));
  expect(said.slice(0, 2)).toEqual([
    {
      owner: 'user:default/sam',
      title: 'The cluster demo is yours now',
      scope: 'owner',
      description: expect.stringMatching(
        /user:default\/ada gave it to .*quotas.* Reason: The term is over$/,
      ),
    },
    {
      owner: 'user:default/ada',
      title: 'The cluster demo belongs to user:default/sam now',
      scope: 'owner',
      description: expect.stringContaining('Only its new owner'),
    },
  ]);
});
