import { mockServices } from '@backstage/backend-test-utils';
import { keepAuditTrail } from './keepAuditTrail';

const found = {
  intact: true,
  entries: 3,
  firstSeq: 1,
  lastSeq: 3,
  lastHash: 'abc',
};

it('deletes what is too old, and leaves the newest hash in the log', async () => {
  const logger = mockServices.logger.mock();
  const prune = jest.fn(async () => 2);
  await keepAuditTrail(
    { verify: async () => found, prune },
    { retentionMs: 5 },
    logger,
  );
  expect(prune).toHaveBeenCalledWith(5);
  expect(logger.info).toHaveBeenCalledWith(
    expect.stringContaining('3 with hash abc; 2 were'),
  );
});

it('shouts, and deletes nothing, when the trail was changed', async () => {
  const logger = mockServices.logger.mock();
  const prune = jest.fn();
  await keepAuditTrail(
    { verify: async () => ({ ...found, intact: false, brokenAt: 2 }), prune },
    { retentionMs: 5 },
    logger,
  );
  expect(prune).not.toHaveBeenCalled();
  expect(logger.error).toHaveBeenCalledWith(
    expect.stringContaining('entry 2 is missing'),
  );
});
