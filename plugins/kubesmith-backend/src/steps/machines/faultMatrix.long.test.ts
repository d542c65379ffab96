/**
 * Each error of Proxmox on each call of a creation, once and for long. Once: nobody notices but the journal. For long: the
 * operation waits with a code and goes on when the fault is over. In both cases each machine is cloned exactly once.
 */
import { useFaultBench } from '../__testUtils__/faultBench';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

const ERRORS = {
  'HTTP 500': { kind: 'status', status: 500, message: 'internal error' },
  'HTTP 595': { kind: 'status', status: 595, message: 'No route to host' },
  'HTTP 596': { kind: 'status', status: 596, message: 'Connection timed out' },
  "can't lock file": { kind: 'lock-timeout' },
  'VM is locked': {
    kind: 'status',
    status: 500,
    message: 'VM is locked (backup)',
  },
};
type ErrorName = keyof typeof ERRORS;

const CALLS = {
  clone: { method: 'POST', path: '/nodes/*/qemu/9000/clone' },
  config: { method: 'PUT', path: '/nodes/*/qemu/*/config' },
  start: { method: 'POST', path: '/nodes/*/qemu/*/status/start' },
  'reading a status': {
    method: 'GET',
    path: '/nodes/*/qemu/*/status/current',
  },
  'reading a task': { method: 'GET', path: '/nodes/*/tasks/*/status' },
};
type CallName = keyof typeof CALLS;

/** Nothing is locked for those who only read. */
const errorsOf = (call: CallName): ErrorName[] =>
  (Object.keys(ERRORS) as ErrorName[]).filter(
    error => !call.startsWith('reading') || error.startsWith('HTTP'),
  );

const TASK = 'KUBESMITH-PVE-TASK-FAILED';
const UNKNOWN = 'KUBESMITH-PVE-OUTCOME-UNKNOWN';
const LOCK = 'KUBESMITH-PVE-LOCK';
const FOR_LONG: [ErrorName, CallName, string][] = [
  ['HTTP 500', 'clone', TASK],
  ['HTTP 595', 'clone', UNKNOWN],
  ['HTTP 596', 'clone', UNKNOWN],
  ["can't lock file", 'clone', LOCK],
  ['HTTP 500', 'config', TASK],
  ['HTTP 595', 'config', UNKNOWN],
  ['VM is locked', 'config', LOCK],
  ['HTTP 500', 'start', TASK],
  ['HTTP 596', 'start', UNKNOWN],
  ["can't lock file", 'start', LOCK],
  ['HTTP 500', 'reading a task', UNKNOWN],
  ['HTTP 595', 'reading a task', UNKNOWN],
];

describeWithTerraform('An error of Proxmox while machines are made', () => {
  const shared = useFaultBench();

  async function expectReady(clusterId: string, operationId: string) {
    const { bench, lab } = shared;
    expect(await bench.finished(operationId)).toMatchObject({
      status: 'succeeded',
      failure: undefined,
    });
    const nodes = await bench.db.clusters.nodes(clusterId);
    expect(nodes.map(({ state }) => state)).toEqual(['running', 'running']);
    const machines = await lab.machines();
    expect([...machines.keys()].sort()).toEqual(nodes.map(({ vmid }) => vmid));
    for (const { vmid, smbiosUuid } of nodes)
      expect(machines.get(vmid)!.config.smbios1).toContain(smbiosUuid);
    return nodes;
  }

  it.each(Object.keys(CALLS) as CallName[])(
    'each of them once on %s: ends ready',
    async call => {
      const { bench, lab } = shared;
      const since = await lab.now();
      const { clusterId, operationId } = await bench.order('demo');
      const errors = errorsOf(call);
      await lab.fault(
        ...errors.map(error => ({ ...CALLS[call], effect: ERRORS[error] })),
      );
      bench.start();
      const nodes = await expectReady(clusterId, operationId);
      expect(await lab.hits()).toBe(errors.length);
      expect((await lab.clones(since)).sort()).toEqual(
        nodes.map(({ vmid }) => vmid),
      );
    },
  );

  it.each(FOR_LONG)(
    '%s for long on %s: waits with %s, ends ready afterwards',
    async (error, call, code) => {
      const { bench, lab } = shared;
      const since = await lab.now();
      const { clusterId, operationId } = await bench.order('demo');
      await lab.fault({ ...CALLS[call], effect: ERRORS[error], count: 1000 });
      bench.start();
      expect(await bench.waiting(operationId, 'machines')).toMatchObject({
        code,
        message: expect.stringMatching(/demo-(cp|w)-1: /),
        nextStep: 'Nothing: it is tried again by itself.',
      });
      expect((await bench.db.clusters.get(clusterId))?.phase).toBe(
        'provisioning',
      );
      await lab.lift();
      const nodes = await expectReady(clusterId, operationId);
      expect((await lab.clones(since)).sort()).toEqual(
        nodes.map(({ vmid }) => vmid),
      );
    },
  );
});
