import { mockServices } from '@backstage/backend-test-utils';
import { KubesmithApiError } from '@kubesmith/plugin-kubesmith-common';
import { type AuditReport, AuditReports } from './AuditReports';

const entry = (version: number): AuditReport => ({
  actor: 'user:default/ada',
  action: 'policy.save',
  outcome: 'done',
  detail: { version },
});

function setUp() {
  const taken: unknown[] = [];
  const logger = mockServices.logger.mock();
  const state: { error?: Error } = {};
  const reports = new AuditReports({
    auth: mockServices.auth(),
    kubesmith: {
      recordAuditEvent: async report => {
        if (state.error) throw state.error;
        taken.push(report.detail.version);
        return {} as never;
      },
    },
    logger,
    tryAgainMs: 20,
  });
  return { logger, reports, state, taken };
}

const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
};

describe('AuditReports', () => {
  it('keeps what cannot be taken now, in its order', async () => {
    const { reports, state, taken } = setUp();
    state.error = new TypeError('fetch failed');
    await reports.report(entry(1));
    await reports.report(entry(2));
    expect(taken).toEqual([]);
    state.error = undefined;
    await until(() => taken.length > 0);
    await reports.report(entry(3));
    expect(taken).toEqual([1, 2, 3]);
    await reports.stop();
  });

  it('puts what is refused for good into the log, and goes on', async () => {
    const { logger, reports, state, taken } = setUp();
    state.error = new KubesmithApiError({ status: 403, message: 'no' });
    await reports.report(entry(1));
    state.error = undefined;
    await reports.report(entry(2));
    expect(taken).toEqual([2]);
    expect(logger.error.mock.calls.join()).toContain('"version":1');
    await reports.stop();
  });

  it('leaves nothing behind when the portal stops', async () => {
    const { logger, reports, state, taken } = setUp();
    state.error = new TypeError('fetch failed');
    await reports.report(entry(1));
    await reports.report(entry(2));
    await reports.stop();
    expect(taken).toEqual([]);
    const said = logger.error.mock.calls.join();
    expect(said).toContain('"version":1');
    expect(said).toContain('"version":2');
  });
});
