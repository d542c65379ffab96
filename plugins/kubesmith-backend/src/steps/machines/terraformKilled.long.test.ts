/**
 * Terraform or its provider killed in the middle of its work, by the real signal to the real process. What Proxmox was told to
 * do goes on and is taken over: no machine is made twice, none is left behind.
 */
import { eventually } from '../../engine/__testUtils__/engineDatabase';
import { useFaultBench } from '../__testUtils__/faultBench';
import { providerPid, terraformPid } from '../__testUtils__/terraformProcess';
import { describeWithTerraform } from '../__testUtils__/workbench';

jest.setTimeout(15 * 60_000);

const CLONE = { method: 'POST', path: '/nodes/*/qemu/9000/clone' };
const START = { method: 'POST', path: '/nodes/*/qemu/*/status/start' };
const STOP = { method: 'POST', path: '/nodes/*/qemu/*/status/stop' };
const SLOW = { count: 2, effect: { kind: 'slow-task', ms: 3000 } };
const WAITS = 'Nothing: it is tried again by itself.';

type Victim = 'terraform' | 'provider';

describeWithTerraform('Terraform is killed', () => {
  const shared = useFaultBench();

  async function kill(
    victim: Victim,
    clusterId: string,
    signal: NodeJS.Signals,
  ) {
    const terraform = await terraformPid(shared.bench.dataDirectory, clusterId);
    process.kill(
      victim === 'terraform' ? terraform : await providerPid(terraform),
      signal,
    );
  }

  it.each([
    ['terraform', 'SIGKILL', 'clones', CLONE, 'KUBESMITH-TOOL-KILLED'],
    ['terraform', 'SIGKILL', 'starts', START, 'KUBESMITH-TOOL-KILLED'],
    ['provider', 'SIGKILL', 'clones', CLONE, 'KUBESMITH-PVE-OUTCOME-UNKNOWN'],
    ['provider', 'SIGKILL', 'starts', START, 'KUBESMITH-PVE-OUTCOME-UNKNOWN'],
    // A crash of its own: Go prints its report, as after a panic, and Terraform says that the plugin crashed.
    ['provider', 'SIGSEGV', 'clones', CLONE, 'KUBESMITH-PVE-OUTCOME-UNKNOWN'],
  ] as const)(
    '%s by %s while it %s: each machine is there once',
    async (victim, signal, _, call, code) => {
      const { bench, lab } = shared;
      const since = await lab.now();
      const { clusterId, operationId } = await bench.order('demo');
      await lab.fault({ ...call, ...SLOW });
      bench.start();
      await eventually(async () => (await lab.hits()) === 2, 'both', 180_000);
      await kill(victim, clusterId, signal);
      expect(await bench.waiting(operationId, 'machines')).toMatchObject({
        code,
        class: 'ambiguous',
        nextStep: WAITS,
      });
      expect(await bench.finished(operationId)).toMatchObject({
        status: 'succeeded',
      });
      const nodes = await bench.db.clusters.nodes(clusterId);
      const vmids = nodes.map(({ vmid }) => vmid);
      expect((await lab.clones(since)).sort()).toEqual(vmids);
      expect([...(await lab.machines()).keys()].sort()).toEqual(vmids);
      expect(nodes.map(({ state }) => state)).toEqual(['running', 'running']);
    },
  );

  it.each<[Victim]>([['terraform'], ['provider']])(
    '%s while it removes machines: they are removed all the same',
    async victim => {
      const { bench, lab } = shared;
      const { clusterId, operationId } = await bench.order('demo');
      bench.start();
      await bench.finished(operationId);
      await lab.fault({ ...STOP, ...SLOW });
      const id = await bench.deletion(clusterId);
      await eventually(async () => (await lab.hits()) === 2, 'both', 180_000);
      await kill(victim, clusterId, 'SIGKILL');
      expect(await bench.finished(id)).toMatchObject({ status: 'succeeded' });
      expect((await lab.machines()).size).toBe(0);
      expect(await bench.messages(id)).toContainEqual(
        expect.stringContaining('The machines are removed without Terraform.'),
      );
    },
  );
});
