import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import {
  type EnvironmentDraft,
  type Size,
  fieldProblem,
  poolManagePermission,
} from '@kubesmith/plugin-kubesmith-common';
import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { EnvironmentConfig } from '../config/types';
import { SUPPORTED_CNIS } from '../config/schema';
import type { ClusterStore } from '../database/ClusterStore';
import { countAllClusters } from '../environments/clustersOf';
import type { EnvironmentChanges } from '../environments/EnvironmentChanges';
import type { EnvironmentEditor } from '../environments/EnvironmentEditor';
import type { Environments } from '../environments/Environments';
import type { InspectEnvironment } from '../environments/inspect';
import { readDraft } from '../environments/readDraft';
import type { EnvironmentRecord } from '../environments/records';
import {
  changedFields,
  restrictedChanges,
} from '../environments/restrictedChanges';
import {
  notAllowed,
  notFound,
  requestRefused,
  unavailable,
} from '../errors/apiErrors';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type {
  CallerEnvironments,
  EnvironmentAccess,
} from '../permissions/EnvironmentAccess';
import { asDenial } from '../permissions/denials';
import type { PoolStore } from '../pools/PoolStore';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';
import { presentEnvironmentRecord } from './presentEnvironmentRecord';

/** What the handlers work with. */
export type EnvironmentRecordHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  clusters: ClusterStore;
  environmentAccess: EnvironmentAccess;
  environmentChanges: EnvironmentChanges;
  environmentEditor: EnvironmentEditor;
  environments: Environments;
  inspectEnvironment: InspectEnvironment;
  knex: Knex;
  pools: PoolStore;
  requester: Requester;
  /** Those that the configuration describes. */
  sizes: Size[];
};

/** Environments for those who may change them. */
export function createEnvironmentRecordHandlers(
  deps: EnvironmentRecordHandlerDeps,
): Pick<
  Handlers,
  | 'listEnvironmentRecords'
  | 'getEnvironment'
  | 'createEnvironment'
  | 'updateEnvironment'
  | 'deleteEnvironment'
  | 'checkEnvironment'
> {
  const { audit, environmentEditor, environments, requester, sizes } = deps;

  async function present(
    records: EnvironmentRecord[],
    allowed: CallerEnvironments,
  ) {
    const [counts, usages, current] = await Promise.all([
      countAllClusters(deps.knex),
      deps.pools.usages(),
      environments.current(),
    ]);
    return records.map(record =>
      presentEnvironmentRecord(record, {
        clusters: counts.get(record.name) ?? 0,
        usage: usages.get(record.pool.name)!,
        sharedWith: current
          .filter(
            other =>
              other.name !== record.name &&
              other.pool.name === record.pool.name,
          )
          .map(({ name }) => name),
        everywhere: allowed.mayEverywhere('manage-environment'),
      }),
    );
  }

  /** What the caller may not change answers as what does not exist. */
  async function requireRecord(
    name: string,
    allowed: CallerEnvironments,
  ): Promise<EnvironmentRecord> {
    const record = await environments.find(name);
    if (!record) throw notFound('environment', name);
    if (!allowed.may('manage-environment', record))
      throw asDenial(notFound('environment', name), {
        verb: 'manage-environment',
        environment: name,
      });
    return record;
  }

  function readOrRefuse(draft: EnvironmentDraft): EnvironmentConfig {
    const { environment, problems } = readDraft(draft, sizes);
    if (!environment) throw requestRefused(problems);
    return environment;
  }

  async function requirePools(credentials: BackstageCredentials) {
    if (!(await deps.access.has(poolManagePermission, credentials)))
      throw asDenial(notAllowed('change address pools'), {
        verb: 'manage-pool',
      });
  }

  return {
    async listEnvironmentRecords(_input, request) {
      const allowed = await deps.environmentAccess.of(
        await requester.anyone(request),
      );
      const records = (await environments.current()).filter(record =>
        allowed.may('manage-environment', record),
      );
      return {
        body: {
          items: await present(records, allowed),
          sizes,
          cnis: [...SUPPORTED_CNIS],
          can: { create: allowed.mayEverywhere('manage-environment') },
        },
      };
    },

    async getEnvironment({ name }, request) {
      const allowed = await deps.environmentAccess.of(
        await requester.anyone(request),
      );
      const [body] = await present(
        [await requireRecord(name, allowed)],
        allowed,
      );
      return { body };
    },

    async checkEnvironment(draft, request) {
      const { credentials } = await requester.user(request);
      const allowed = await deps.environmentAccess.of(credentials);
      const isNew = draft.expectedVersion === undefined;
      if (isNew) allowed.require('manage-environment');
      const known = isNew
        ? undefined
        : await requireRecord(draft.name ?? '', allowed);
      const { environment, problems } = readDraft(draft, sizes);
      if (!environment) return { body: { problems, findings: [] } };
      // As when it is saved; and what stands against other addresses and hosts tells of environments of others.
      if (known && restrictedChanges(known, environment).length > 0)
        allowed.require('manage-environment');
      problems.push(
        ...(await environmentEditor.problems(environment, { isNew })),
      );
      // What is in Proxmox is for those who may name hosts and networks.
      if (problems.length > 0 || !allowed.mayEverywhere('manage-environment'))
        return { body: { problems, findings: [] } };
      const { vmids } = await deps.clusters.reservations();
      const findings = await deps
        .inspectEnvironment(environment, vmids)
        .catch(() => {
          throw unavailable('KUBESMITH-HYPERVISOR-UNREACHABLE', {});
        });
      return { body: { problems, findings } };
    },

    async createEnvironment(draft, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'environment',
          verb: 'create',
          severityLevel: 'high',
          meta: { environment: draft.name ?? '' },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const allowed = await deps.environmentAccess.of(credentials);
          allowed.require('manage-environment');
          await requirePools(credentials);
          const { record } = await environmentEditor.create(
            readOrRefuse(draft),
            caller.userRef,
          );
          await deps.environmentChanges.changed([record.name]);
          const [result] = await present([record], allowed);
          return { result, meta: { version: record.version } };
        },
      );
      return { body };
    },

    async updateEnvironment({ name, ...draft }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'environment',
          verb: 'change',
          severityLevel: 'high',
          meta: { environment: name },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          const allowed = await deps.environmentAccess.of(credentials);
          const known = await requireRecord(name, allowed);
          const { expectedVersion } = draft;
          if (expectedVersion === undefined)
            throw requestRefused([
              fieldProblem('expectedVersion', 'KUBESMITH-FIELD-MISSING', {
                field: 'expectedVersion',
              }),
            ]);
          const next = readOrRefuse({ ...draft, name });
          if (restrictedChanges(known, next).includes('pool'))
            await requirePools(credentials);
          const { record, followed } = await environmentEditor.update(next, {
            expectedVersion,
            by: caller.userRef,
            check(before, following) {
              allowed.require('manage-environment', before);
              if (restrictedChanges(before, next).length > 0)
                allowed.require('manage-environment');
              following.forEach(other =>
                allowed.require('manage-environment', other),
              );
            },
          });
          await deps.environmentChanges.changed([name, ...followed]);
          const [result] = await present([record], allowed);
          return {
            result,
            meta: {
              version: record.version,
              changed: changedFields(known, record),
              ...(followed.length > 0 && { samePool: followed }),
            },
          };
        },
      );
      return { body };
    },

    async deleteEnvironment({ name, expectedVersion }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'environment',
          verb: 'delete',
          severityLevel: 'high',
          meta: { environment: name },
        },
        async () => {
          const { credentials } = await requester.user(request);
          const allowed = await deps.environmentAccess.of(credentials);
          await requireRecord(name, allowed);
          allowed.require('manage-environment');
          await environmentEditor.delete(name, expectedVersion);
          await deps.environmentChanges.changed([name]);
          return { result: { name } };
        },
      );
      return { body };
    },
  };
}
