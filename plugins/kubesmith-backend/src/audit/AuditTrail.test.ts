import { mockServices } from '@backstage/backend-test-utils';
import type { Request } from 'express';
import { AuditTrail } from './AuditTrail';
import type { AuditEntry, AuditEvent } from './records';

const request = { ip: '10.0.0.7', method: 'POST', path: '/x' } as Request;
const issue = {
  noun: 'grant',
  verb: 'issue',
  severityLevel: 'high' as const,
  meta: { clusterId: 'c' },
};

function setUp(failing: 'table' | 'auditor' | 'nothing') {
  const logger = mockServices.logger.mock();
  const auditor = mockServices.auditor.mock();
  const refuse = async () => {
    throw new Error('The log is away');
  };
  const fine = async () => {};
  auditor.createEvent.mockResolvedValue(
    failing === 'auditor'
      ? { success: refuse, fail: refuse }
      : { success: fine, fail: fine },
  );
  const written: AuditEvent[] = [];
  const actor = { name: 'user:default/student-1' };
  const trail = new AuditTrail({
    auditor,
    logger,
    requester: { actorOf: async () => ({ actor: actor.name }) },
    store: {
      append: async event => {
        if (failing === 'table') throw new Error('The database is away');
        written.push(event);
        return event as AuditEntry;
      },
    },
  });
  return { actor, logger, trail, written };
}

const done = async () => ({ result: 'kubeconfig' });
const refused = async (): Promise<{ result: string }> => {
  throw Object.assign(new Error('no'), { code: 'SQLITE_ERROR' });
};

it('writes down who, from where, on what', async () => {
  const { trail, written } = setUp('nothing');
  await trail.audited(request, issue, done);
  expect(written).toEqual([
    expect.objectContaining({
      actor: 'user:default/student-1',
      source: '10.0.0.7',
      action: 'grant.issue',
      outcome: 'done',
      clusterId: 'c',
    }),
  ]);
});

describe.each(['table', 'auditor'] as const)(
  'when the %s takes no entry',
  failing => {
    it('what was done is answered as done, and the log says so', async () => {
      const { logger, trail } = setUp(failing);
      expect(await trail.audited(request, issue, done)).toBe('kubeconfig');
      expect(logger.error).toHaveBeenCalledTimes(1);
    });

    it('what failed is answered with its own error', async () => {
      const { logger, trail } = setUp(failing);
      await expect(trail.audited(request, issue, refused)).rejects.toThrow(
        'no',
      );
      expect(logger.error).toHaveBeenCalledTimes(1);
    });
  },
);

it('names codes of ours only', async () => {
  const { trail, written } = setUp('nothing');
  await expect(trail.audited(request, issue, refused)).rejects.toThrow();
  expect(written).toMatchObject([{ outcome: 'failed', code: undefined }]);
});

describe('of somebody whose every attempt is refused', () => {
  afterEach(() => jest.useRealTimers());

  const attempt = async (
    { trail }: ReturnType<typeof setUp>,
    clusterId: string,
  ) =>
    trail
      .audited(request, { ...issue, meta: { clusterId } }, refused)
      .catch(() => {});

  it('keeps the first refusals of a minute, counts the others and says how many there were', async () => {
    jest.useFakeTimers();
    const setting = setUp('nothing');
    const { actor, trail, written } = setting;
    for (let n = 0; n < 100; n++) await attempt(setting, 'one');
    expect(written).toHaveLength(5);
    for (let n = 0; n < 100; n++) await attempt(setting, `cluster-${n}`);
    expect(written).toHaveLength(30);

    // What was done, and what others are refused, is on record as ever.
    await trail.audited(request, issue, done);
    actor.name = 'user:default/student-2';
    await attempt(setting, 'one');
    expect(written).toHaveLength(32);
    actor.name = 'user:default/student-1';

    await jest.advanceTimersByTimeAsync(60_000);
    expect(written.slice(32)).toEqual([
      {
        actor: 'user:default/student-1',
        action: 'grant.issue',
        outcome: 'failed',
        detail: { leftOut: 170 },
      },
    ]);
    await attempt(setting, 'one');
    expect(written).toHaveLength(34);
  });

  it('says how many were left out when the portal stops', async () => {
    const setting = setUp('nothing');
    for (let n = 0; n < 7; n++) await attempt(setting, 'one');
    await setting.trail.close();
    expect(setting.written.at(-1)).toMatchObject({ detail: { leftOut: 2 } });
  });
});
