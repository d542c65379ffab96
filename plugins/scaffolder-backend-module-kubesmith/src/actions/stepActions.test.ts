import {
  OPERATION_ID,
  ScriptedKubesmith,
} from '../__testUtils__/ScriptedKubesmith';
import { actionContext, testDeps } from '../__testUtils__/actionContext';
import { createKubesmithActions } from '.';

const machines = [
  { name: 'demo-cp-1', vmid: 20000, host: 'pve1', ipAddress: '10.40.19.202' },
  { name: 'demo-w-1', vmid: 20001, host: 'pve2', ipAddress: '10.40.19.203' },
];
const handOver = {
  apiServerUrl: 'https://10.40.19.201:6443',
  entityRef: 'resource:kubesmith/course.demo',
};

describe.each([
  ['kubesmith:terraform:apply', 'machines', { machines }],
  ['kubesmith:ansible:playbook', 'kubernetes', {}],
  ['kubesmith:kubectl', 'verify', {}],
  ['kubesmith:cluster:activate', 'activate', handOver],
  ['kubesmith:terraform:destroy', 'destroy', {}],
  ['kubesmith:cluster:release', 'release', {}],
])('%s', (id, step, expectedOutputs) => {
  async function run(options: { isDryRun?: boolean } = {}) {
    const kubesmith = new ScriptedKubesmith({ steps: [step] });
    const action = createKubesmithActions(testDeps(kubesmith)).find(
      one => one.id === id,
    )!;
    const { ctx, outputs } = actionContext(
      { operationId: OPERATION_ID },
      options,
    );
    await action.handler(ctx);
    return { kubesmith, outputs };
  }

  it(`should ensure the step ${step}`, async () => {
    const { kubesmith, outputs } = await run();
    expect(kubesmith.service.ensureStep).toHaveBeenCalledWith(
      expect.objectContaining({ operationId: OPERATION_ID, step }),
      expect.anything(),
    );
    expect(outputs).toEqual(expectedOutputs);
  });

  it('should do nothing in a dry run', async () => {
    const { kubesmith } = await run({ isDryRun: true });
    for (const method of Object.values(kubesmith.service)) {
      expect(method).not.toHaveBeenCalled();
    }
  });
});
