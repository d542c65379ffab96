import { toCsv } from './csv';
import type { AuditEntry } from './records';

const entry: AuditEntry = {
  seq: 7,
  time: Date.UTC(2026, 10, 21, 12),
  actor: 'user:default/student-1',
  action: 'cluster.delete',
  outcome: 'denied',
  code: 'KUBESMITH-NOT-ALLOWED',
  detail: { reason: 'a "quoted", word' },
  hash: 'ab',
};

it('is one line for each entry, quoted where it must be', () => {
  expect(toCsv([entry])).toBe(
    [
      'seq,time,actor,via,source,action,outcome,code,environment,clusterId,detail,hash',
      '7,2026-11-21T12:00:00.000Z,user:default/student-1,,,cluster.delete,denied,KUBESMITH-NOT-ALLOWED,,,"{""reason"":""a \\""quoted\\"", word""}",ab',
      '',
    ].join('\r\n'),
  );
});

it.each(['=1+1', '+1', '-1', '@x', '\t=1'])(
  'gives a spreadsheet nothing to run: %j',
  actor => {
    expect(toCsv([{ ...entry, actor }]).split('\r\n')[1]).toContain(
      `,'${actor},`,
    );
  },
);
