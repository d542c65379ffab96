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
  const trail = new AuditTrail({
    auditor,
    logger,
    requester: { actorOf: async () => ({ actor: 'user:default/student-1' }) },
    store: {
      append: async event => {
        if (failing === 'table') throw new Error('The database is away');
        written.push(event);
        return event as AuditEntry;
      },
    },
  });
  return { logger, trail, written };
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
