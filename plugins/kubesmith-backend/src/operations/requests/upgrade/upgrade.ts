import {
  type FieldProblem,
  fieldProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { BackupStore } from '../../../backups/BackupStore';
import { leavingBackups } from '../../../backups/records';
import { isPresent } from '../../../clusters/isPresent';
import type { KubernetesNode } from '../../../conditions/nodes';
import { readDatabaseTime } from '../../../database/databaseTime';
import type { ClusterRecord } from '../../../database/records';
import type { Environments } from '../../../environments/Environments';
import { toOrderResource } from '../../../orders/caller';
import type { UpgradeInput } from '../../../steps/upgrade/stage';
import { DAY_MS } from '../../../time';
import type { ReadServerCertificate } from '../../../tools/network/serverCertificate';
import type { KubectlRunner } from '../../../tools/ssh/kubectl';
import { askNodes } from '../askNodes';
import { certificateEnd } from '../certificateEnd';
import { environmentOf } from '../environmentOf';
import { refused } from '../refused';
import type { RequestableOperation } from '../RequestableOperation';
import { describeUpgrade } from './describeUpgrade';
import { upgradeProblem } from './upgradeProblem';

const LOOK_MS = 15_000;
/** A certificate that ends sooner may end while the upgrade runs. */
const CERTIFICATE_MS = DAY_MS;

/** What upgrading works with. */
export type UpgradeDeps = {
  backups: Pick<BackupStore, 'list'>;
  environments: Pick<Environments, 'find'>;
  kubectl: KubectlRunner;
  readCertificate: ReadServerCertificate;
};

type Prepared = {
  /** Versions that the environment offers. */
  offered: string[];
  /** The nodes as Kubernetes has them, or why that is not known, a sentence. */
  seen: KubernetesNode[] | string;
  /** Of the API server; undefined when it shows none: the first step finds that. */
  certificateEnd?: Date;
  /** What is in the way, as far as the world outside says. */
  problems: FieldProblem[];
};

/** Another Kubernetes version, at most one minor newer. */
export function createUpgrade(
  deps: UpgradeDeps,
): RequestableOperation<Prepared> {
  return {
    kind: 'upgrade',
    title: 'Upgrade Kubernetes',
    description:
      'Raises the cluster to another version: the control plane first, then one worker after the other.',
    // One that an unfinished upgrade left otherwise has no other way back.
    phases: ['ready', 'failed', 'needs-attention'],
    fields: { required: ['kubernetesVersion'] },

    async prepare(context) {
      const { caller, cluster, nodes, request } = context;
      const environment = await environmentOf(cluster, deps.environments);
      const version = request.kubernetesVersion!;
      const offered = environment.kubernetesVersions;
      const order = {
        owner: cluster.owner,
        size: cluster.spec.size,
        kubernetesVersion: version,
      };
      const problems: FieldProblem[] = [];
      // Who may not order that version there does not get it by another way.
      if (
        offered.includes(version) &&
        !caller.mayOrder?.(toOrderResource(environment, order))
      )
        problems.push(
          fieldProblem('kubernetesVersion', 'KUBESMITH-ORDER-NOT-ALLOWED', {
            size: order.size,
            version,
            owner: cluster.owner,
            environment: environment.name,
          }),
        );
      return {
        offered,
        seen: await askNodes(deps.kubectl, cluster.id),
        certificateEnd: await certificateEnd(deps, nodes, LOOK_MS),
        problems,
      };
    },

    async plan({ caller, cluster, nodes: live, request, prepared }, db) {
      // Those that come or go are a matter of scaling; who comes gets the version that the cluster has then.
      const nodes = live.filter(isPresent);
      const version = request.kubernetesVersion!;
      const { offered, seen } = prepared;
      const found =
        stateProblem(cluster, version) ??
        upgradeProblem({ cluster, nodes, version, offered, seen });
      if (found) return refused(found);
      const problems = [
        ...prepared.problems,
        ...(await certificateProblems(cluster.name, prepared, db)),
      ];
      if (problems.length > 0)
        return { summary: problems[0].message, effects: [], problems };
      const todo = nodes.filter(({ name }) => !hasVersion(seen, name, version));
      const leaving = leavingBackups(
        await deps.backups.list(cluster.id, db),
        caller.userRef,
      );
      const input: UpgradeInput & { removes: string[] } = {
        kubernetesVersion: version,
        nodes: todo.map(({ name }) => name),
        // A backup that was made meanwhile is another plan.
        removes: leaving.map(({ id }) => id),
      };
      return {
        ...describeUpgrade(
          { cluster, nodes, version },
          todo.map(({ name }) => name),
          leaving,
        ),
        input,
      };
    },
  };
}

/** Only a cluster that is well goes on to another version. */
function stateProblem(
  { everReady, name, phase, spec }: ClusterRecord,
  version: string,
): FieldProblem | undefined {
  if (!everReady)
    return fieldProblem('kind', 'KUBESMITH-NEVER-READY', { name });
  return phase === 'ready' || version === spec.kubernetesVersion
    ? undefined
    : fieldProblem('kind', 'KUBESMITH-PHASE-WRONG', {
        title: `Upgrade to ${version}`,
        name,
        phase,
        phases: 'ready',
      });
}

function hasVersion(seen: Prepared['seen'], name: string, version: string) {
  return (
    typeof seen !== 'string' &&
    seen.some(node => node.name === name && node.version === version)
  );
}

/** That the API server's certificate ends soon. */
async function certificateProblems(
  name: string,
  { certificateEnd: end }: Prepared,
  db: Knex,
): Promise<FieldProblem[]> {
  if (!end || end.getTime() >= (await readDatabaseTime(db)) + CERTIFICATE_MS)
    return [];
  return [
    fieldProblem('kind', 'KUBESMITH-UPGRADE-CERTIFICATE', {
      name,
      endsAt: end.toISOString(),
    }),
  ];
}
