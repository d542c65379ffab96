import { plainText } from '../tools/process/lines';
import type { Observation } from './records';

/** A node as Kubernetes lists it. What a node says of itself is data. */
export interface KubernetesNode {
  name: string;
  ready: string | undefined;
  /** A word of the kubelet or the node controller, if it is one. */
  reason?: string;
  /** Milliseconds since the epoch; missing when it is not known. */
  readyChangedAt?: number;
  /** Without the `v`. */
  version: string;
}

type NodeList = {
  items?: {
    metadata?: { name?: string };
    status?: {
      conditions?: {
        type?: string;
        status?: string;
        reason?: string;
        lastTransitionTime?: string;
      }[];
      nodeInfo?: { kubeletVersion?: string };
    };
  }[];
};

/** A node that is not ready for less than this may just be restarting. */
const NOT_READY_MS = 10 * 60_000;
/** More names would not be read. */
const NAMED = 5;

/** Reads the answer of `kubectl get nodes -o json`; undefined when it is none. */
export function parseNodes(json: string): KubernetesNode[] | undefined {
  let list: NodeList;
  try {
    list = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!Array.isArray(list?.items)) return undefined;
  return list.items.map(({ metadata, status }) => {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const changed = Date.parse(ready?.lastTransitionTime ?? '');
    return {
      name: plainText(String(metadata?.name ?? ''), 63),
      ready: ready?.status,
      reason: /^[A-Za-z]{1,50}$/.test(ready?.reason ?? '')
        ? ready!.reason
        : undefined,
      readyChangedAt: Number.isNaN(changed) ? undefined : changed,
      version: plainText(
        String(status?.nodeInfo?.kubeletVersion ?? ''),
        50,
      ).replace(/^v/, ''),
    };
  });
}

/** What the list of nodes says, compared with the record. */
export function judgeNodes(
  nodes: KubernetesNode[],
  record: { names: string[]; kubernetesVersion: string },
  now: number,
): Observation[] {
  return [
    judgePresence(nodes, record.names),
    judgeReadiness(nodes, now),
    judgeVersions(nodes, record.kubernetesVersion),
  ];
}

function judgePresence(nodes: KubernetesNode[], names: string[]): Observation {
  const missing = names.filter(name => !nodes.some(node => node.name === name));
  const unknown = nodes
    .map(({ name }) => name)
    .filter(name => !names.includes(name));
  if (missing.length > 0)
    return {
      type: 'nodes-present',
      status: 'false',
      reason: 'NodeMissing',
      message: `Kubernetes does not know ${listed(missing)}.`,
      nextStep:
        'Repair the cluster, or scale it so that the node is removed. If somebody deleted the Node by mistake, restarting the kubelet of that machine brings it back.',
    };
  if (unknown.length > 0)
    return {
      type: 'nodes-present',
      status: 'false',
      reason: 'NodeUnknown',
      message: `Kubernetes has ${listed(
        unknown,
      )}, which the portal did not make.`,
      nextStep:
        'Remove it with kubectl delete node if nobody needs it; the portal does not care for it.',
    };
  return {
    type: 'nodes-present',
    status: 'true',
    reason: 'AllPresent',
    message: 'Kubernetes has all nodes that were ordered, and no others.',
  };
}

function judgeReadiness(nodes: KubernetesNode[], now: number): Observation {
  const late = nodes.filter(
    ({ ready, readyChangedAt }) =>
      ready !== 'True' && now - (readyChangedAt ?? 0) > NOT_READY_MS,
  );
  if (late.length === 0)
    return {
      type: 'nodes-ready',
      status: 'true',
      reason: 'AllReady',
      message: 'All nodes are ready.',
    };
  const words = late.map(({ name, reason }) =>
    reason ? `${name} (${reason})` : name,
  );
  return {
    type: 'nodes-ready',
    status: 'false',
    reason: 'NodeNotReady',
    message: `Not ready for more than ten minutes: ${listed(words)}.`,
    nextStep:
      'Look with kubectl describe node what the node lacks (disk, memory, network). If its machine does not run, ask the staff to start it; else repair the cluster.',
  };
}

function judgeVersions(nodes: KubernetesNode[], wanted: string): Observation {
  const other = nodes.filter(({ version }) => version !== wanted);
  if (other.length === 0)
    return {
      type: 'versions',
      status: 'true',
      reason: 'AsOrdered',
      message: `All nodes run Kubernetes ${wanted}.`,
    };
  return {
    type: 'versions',
    status: 'false',
    reason: 'VersionDiffers',
    message: `The cluster is of Kubernetes ${wanted}, but ${listed(
      other.map(
        ({ name, version }) => `${name} runs ${version || 'an unknown one'}`,
      ),
    )}.`,
    nextStep: `Somebody changed a node by hand, or an upgrade stopped half-way. Upgrade the cluster to ${wanted}: that goes on with these nodes alone.`,
  };
}

function listed(words: string[]): string {
  const rest = words.length - NAMED;
  return `${words.slice(0, NAMED).join(', ')}${
    rest > 0 ? ` and ${rest} more` : ''
  }`;
}
