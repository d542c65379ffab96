import type { Knex } from 'knex';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ClusterStore } from '../database/ClusterStore';
import type { EnvironmentSource } from '../environments/Environments';
import { notFound, requestRefused } from '../errors/apiErrors';
import { orderableEnvironments } from '../orders/caller';
import type { CatalogPeople } from '../people/CatalogPeople';
import type { ClusterAccess } from '../permissions/ClusterAccess';
import type { EnvironmentAccess } from '../permissions/EnvironmentAccess';
import { asDenial } from '../permissions/denials';
import type { QuotaRecord, QuotaStore } from '../quotas/QuotaStore';
import type { Quotas } from '../quotas/Quotas';
import { QuotaTitles } from '../quotas/QuotaTitles';
import { checkSubject } from '../quotas/checkQuotaKey';
import { overview } from '../quotas/overview';
import { presentAppliedQuota, presentQuota } from '../quotas/presentQuota';
import { QuotaPlaces } from './QuotaPlaces';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';

/** What the handlers work with. */
export type QuotaHandlerDeps = {
  access: ClusterAccess;
  audit: AuditTrail;
  catalogPeople: CatalogPeople;
  clusters: ClusterStore;
  environmentAccess: EnvironmentAccess;
  environments: EnvironmentSource;
  knex: Knex;
  quotas: Quotas;
  quotaStore: QuotaStore;
  requester: Requester;
};

/** Quotas: what applies to the caller; and all of an environment, for those who may change them. */
export function createQuotaHandlers(
  deps: QuotaHandlerDeps,
): Pick<Handlers, 'listQuotas' | 'listMyQuotas' | 'putQuota' | 'deleteQuota'> {
  const { access, audit, clusters, knex, quotaStore, requester } = deps;
  const people = deps.catalogPeople;
  const titles = new QuotaTitles({ environments: deps.environments, people });

  const places = new QuotaPlaces(deps);

  async function withUses(quota: QuotaRecord) {
    const [uses] = await overview([quota], { knex, people });
    const [title] = await titles.of([quota]);
    return presentQuota(quota, { title, uses });
  }

  return {
    async listQuotas({ environment }, request) {
      const environments = await places.of(await requester.anyone(request));
      const quotas = await quotaStore.list(
        environments.filter(
          name => environment === undefined || name === environment,
        ),
      );
      const uses = await overview(quotas, { knex, people });
      const named = await titles.of(quotas);
      return {
        body: {
          items: quotas.map((quota, index) =>
            presentQuota(quota, { title: named[index], uses: uses[index] }),
          ),
          environments,
        },
      };
    },

    async listMyQuotas(_input, request) {
      const { caller, credentials } = await requester.user(request);
      const allowed = await access.of(credentials);
      const visible = allowed.seesAny
        ? await clusters.environmentsWithVisible(allowed.visible)
        : new Set<string>();
      const orderable = orderableEnvironments(
        await deps.environments.current(),
        {
          ...caller,
          mayOrder: await access.ordersOf(credentials),
        },
      );
      const applied = await deps.quotas.of(caller, [
        ...new Set([...orderable.map(({ name }) => name), ...visible]),
      ]);
      const named = await titles.of(applied.map(({ quota }) => quota));
      return {
        body: {
          items: applied.map((each, index) =>
            presentAppliedQuota(each, named[index]),
          ),
        },
      };
    },

    async putQuota({ environment, scope, subject, limits }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'quota',
          verb: 'put',
          severityLevel: 'medium',
          meta: {
            environment,
            scope,
            limits,
            ...(subject !== undefined && { subject }),
          },
        },
        async () => {
          const { caller, credentials } = await requester.user(request);
          await places.require(environment, credentials);
          const checked = await checkSubject({ scope, subject }, people);
          if (checked.problem) throw requestRefused([checked.problem]);
          const quota = await quotaStore.put(
            { environment, scope, subject: checked.subject },
            limits,
            caller.userRef,
          );
          return {
            result: await withUses(quota),
            meta: { quotaId: quota.id },
          };
        },
      );
      return { body };
    },

    async deleteQuota({ quotaId }, request) {
      const body = await audit.audited(
        request,
        {
          noun: 'quota',
          verb: 'delete',
          severityLevel: 'medium',
          meta: { quotaId },
        },
        async () => {
          const { credentials } = await requester.user(request);
          const quota = await quotaStore.get(quotaId);
          const mayChange =
            quota && (await places.of(credentials)).includes(quota.environment);
          if (!quota || !mayChange) {
            const error = notFound('quota', quotaId);
            throw quota
              ? asDenial(error, {
                  verb: 'manage-quota',
                  environment: quota.environment,
                })
              : error;
          }
          const result = await withUses(quota);
          await quotaStore.delete(quotaId);
          const { environment, scope, subject, limits } = quota;
          return {
            result,
            meta: {
              environment,
              scope,
              limits,
              ...(subject !== undefined && { subject }),
            },
          };
        },
      );
      return { body };
    },
  };
}
