import { setTimeout as delay } from 'node:timers/promises';
import { StepError } from '../engine/failures';
import type { Evidence } from '../engine/records';
import { plainText } from '../tools/process/lines';
import type { Context } from './services';
import { presentNodes, stayingNodes } from './stayingNodes';

const LIMIT_MS = 3 * 60_000;
const POLL_MS = 1000;
const CALL_MS = 30_000;
const CERTIFICATES =
  /^(?:-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n?)+$/;

type Condition = { type?: string; status?: string };
type NodeList = {
  items?: {
    metadata?: { name?: string };
    status?: {
      conditions?: Condition[];
      nodeInfo?: { kubeletVersion?: string };
    };
  }[];
};
type Deployment = { status?: { availableReplicas?: number } };
type EndpointSlices = {
  items?: { endpoints?: { conditions?: { ready?: boolean } }[] }[];
};
type ConfigMap = { data?: Record<string, string> };

/** Asks the cluster itself, over SSH: every node ready in the ordered version, DNS running; and keeps its CA. */
export async function verifyCluster(
  context: Context,
  options: {
    /** The nodes to look at; all that the cluster has, if absent. */
    only?: string[];
  } = {},
): Promise<Evidence> {
  const { services, cluster, signal, journal, progress } = context;
  const deadline = performance.now() + LIMIT_MS;
  for (;;) {
    const problem = await findProblem(context, options.only);
    if (!problem) break;
    if (performance.now() > deadline)
      throw new StepError('KUBESMITH-KUBERNETES-NOT-READY', {
        detail: problem,
      });
    progress({ message: problem });
    await delay(POLL_MS, undefined, { signal });
  }
  const apiServerCa = await readCa(context);
  const nodes = await nodesToVerify(context, options.only);
  await journal(async tx => {
    await services.clusters.update(cluster.id, { apiServerCa }, tx);
    for (const node of nodes)
      await services.clusters.updateNode(
        cluster.id,
        node.name,
        { state: 'ready' },
        tx,
      );
  });
  return {
    nodes: nodes.map(({ name }) => name),
    kubernetesVersion: cluster.spec.kubernetesVersion,
  };
}

async function nodesToVerify(context: Context, only?: string[]) {
  return only
    ? (await stayingNodes(context)).filter(({ name }) => only.includes(name))
    : presentNodes(context);
}

/** The first thing that is not as it should be; undefined when all is well. */
async function findProblem(
  context: Context,
  only?: string[],
): Promise<string | undefined> {
  const { cluster } = context;
  const nodes = await askKubectl<NodeList>(context, [
    'get',
    'nodes',
    '-o',
    'json',
  ]);
  if (typeof nodes === 'string') return nodes;
  for (const { name } of await nodesToVerify(context, only)) {
    const node = nodes.items?.find(({ metadata }) => metadata?.name === name);
    if (!node) return `${name} has not joined`;
    const ready = node.status?.conditions?.find(
      ({ type }) => type === 'Ready',
    )?.status;
    if (ready !== 'True') return `${name} is not ready`;
    const version = plainText(node.status?.nodeInfo?.kubeletVersion ?? '', 50);
    if (version !== `v${cluster.spec.kubernetesVersion}`)
      return `${name} runs Kubernetes ${version}`;
  }
  const dns = await askKubectl<Deployment>(context, [
    'get',
    'deployment',
    'coredns',
    '-n',
    'kube-system',
    '-o',
    'json',
  ]);
  if (typeof dns === 'string') return dns;
  if ((dns.status?.availableReplicas ?? 0) < 1) return 'DNS does not run yet';
  const slices = await askKubectl<EndpointSlices>(context, [
    'get',
    'endpointslices',
    '-n',
    'kube-system',
    '-l',
    'kubernetes.io/service-name=kube-dns',
    '-o',
    'json',
  ]);
  if (typeof slices === 'string') return slices;
  const answers = slices.items?.some(({ endpoints }) =>
    endpoints?.some(({ conditions }) => conditions?.ready),
  );
  return answers ? undefined : 'DNS does not answer yet';
}

async function readCa(context: Context): Promise<string> {
  const map = await askKubectl<ConfigMap>(context, [
    'get',
    'configmap',
    'kube-root-ca.crt',
    '-n',
    'kube-system',
    '-o',
    'json',
  ]);
  const ca = typeof map === 'string' ? undefined : map.data?.['ca.crt'];
  // It goes into everybody's kubeconfig: nothing but certificates.
  if (!ca || !CERTIFICATES.test(ca)) {
    throw new StepError('KUBESMITH-KUBERNETES-NOT-READY', {
      detail: "the cluster's certificate is not published yet",
    });
  }
  return ca;
}

/** What kubectl answered on the control plane, or its words when it did not. */
export async function askKubectl<T extends object>(
  { services, cluster, signal }: Context,
  argv: string[],
): Promise<T | string> {
  const { stdout, stderr, code } = await services.kubectl.run(
    cluster.id,
    argv,
    { timeoutMs: CALL_MS, signal },
  );
  if (code !== 0)
    return `kubectl: ${plainText(stderr.trim().split('\n').at(-1) ?? '', 200)}`;
  try {
    return JSON.parse(stdout) as T;
  } catch {
    return 'kubectl gave no JSON';
  }
}
