import type {
  BackstageCredentials,
  LoggerService,
} from '@backstage/backend-plugin-api';
import type { AuditTrail } from '../audit/AuditTrail';
import type { ConditionWatcher } from '../conditions/ConditionWatcher';
import type { EnvironmentConfig } from '../config/types';
import type { EnvironmentSource } from '../environments/Environments';
import { notAllowed } from '../errors/apiErrors';
import type { EnvironmentAccess } from '../permissions/EnvironmentAccess';
import type { FindingStore } from '../reconciler/FindingStore';
import type { Reconciler } from '../reconciler/Reconciler';
import { presentFinding } from '../reconciler/presentFinding';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';

const LOOK_REST_MS = 15_000;

/** What the handlers work with. */
export type FindingHandlerDeps = {
  audit: AuditTrail;
  conditionWatcher: Pick<ConditionWatcher, 'look'>;
  environmentAccess: EnvironmentAccess;
  environments: EnvironmentSource;
  findings: FindingStore;
  logger: LoggerService;
  reconciler: Reconciler;
  requester: Requester;
};

/** Where records and Proxmox do not agree, for those who look after environments: who may change their quotas. */
export function createFindingHandlers(
  deps: FindingHandlerDeps,
): Pick<Handlers, 'listFindings' | 'lookForFindings'> {
  const { audit, conditionWatcher, findings, logger, reconciler, requester } =
    deps;

  async function managed(
    credentials: BackstageCredentials,
  ): Promise<EnvironmentConfig[]> {
    const { may } = await deps.environmentAccess.of(credentials);
    return (await deps.environments.current()).filter(environment =>
      may('manage-quota', environment),
    );
  }

  return {
    async listFindings(
      { clusterId, environment, includeEnded, kind },
      request,
    ) {
      const environments = await managed(await requester.anyone(request));
      const { answers, finishedAt, isLooking } = await findings.status();
      const names = environments.map(({ name }) => name);
      const elsewhere = await findings.countElsewhere(names);
      const found = await findings.list({
        environments: names.filter(
          name => environment === undefined || name === environment,
        ),
        kind,
        clusterId,
        includeEnded,
      });
      const iso = (time: number) => new Date(time).toISOString();
      return {
        body: {
          items: found.map(presentFinding),
          ...(elsewhere > 0 && { elsewhere }),
          environments: environments.map(({ name, title }) => {
            const answer = answers.find(one => one.environment === name);
            return {
              name,
              title,
              ...(answer && {
                lookedAt: iso(answer.lookedAt),
                answered: answer.answered,
                problem: answer.problem,
              }),
            };
          }),
          isLooking,
          lookedAt: finishedAt === undefined ? undefined : iso(finishedAt),
        },
      };
    },

    async lookForFindings(_input, request) {
      const body = await audit.audited(
        request,
        { noun: 'finding', verb: 'look', severityLevel: 'low', meta: {} },
        async () => {
          const { credentials } = await requester.user(request);
          if ((await managed(credentials)).length === 0)
            throw notAllowed(
              'look for differences between records and Proxmox',
            );
          // It may take longer than a request; the list says when it is over.
          Promise.all([
            // Pressed again and again, it looks once in a while.
            reconciler.look({ restMs: LOOK_REST_MS }),
            conditionWatcher.look(),
          ]).catch(error =>
            logger.warn('A look for differences failed', error as Error),
          );
          return { result: { isLooking: true } };
        },
      );
      return { body };
    },
  };
}
