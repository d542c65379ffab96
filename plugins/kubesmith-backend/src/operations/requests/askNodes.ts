import { type KubernetesNode, parseNodes } from '../../conditions/nodes';
import { toStepError } from '../../engine/failures';
import { plainText } from '../../tools/process/lines';
import type { KubectlRunner } from '../../tools/ssh/kubectl';

const LOOK_MS = 15_000;

/** The nodes as Kubernetes has them, or a sentence on why it does not say. */
export async function askNodes(
  kubectl: KubectlRunner,
  clusterId: string,
): Promise<KubernetesNode[] | string> {
  try {
    const { code, stderr, stdout } = await kubectl.run(
      clusterId,
      ['get', 'nodes', '-o', 'json'],
      { timeoutMs: LOOK_MS },
    );
    const said = plainText(stderr.trim().split('\n').at(-1) ?? '', 200);
    if (code !== 0) return `kubectl: ${said}.`;
    return parseNodes(stdout) ?? 'kubectl gave no list of nodes.';
  } catch (error) {
    return toStepError(error).failure.message;
  }
}
