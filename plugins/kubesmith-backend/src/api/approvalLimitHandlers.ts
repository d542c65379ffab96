import type {
  ApprovalLimitRecord,
  ApprovalLimitStore,
} from '../approvals/ApprovalLimitStore';
import type { AuditTrail } from '../audit/AuditTrail';
import type { EnvironmentSource } from '../environments/Environments';
import type { EnvironmentAccess } from '../permissions/EnvironmentAccess';
import { QuotaPlaces } from './QuotaPlaces';
import type { Requester } from './Requester';
import type { Handlers } from './handlers';

/** What the handlers work with. */
export type ApprovalLimitHandlerDeps = {
  approvalLimits: ApprovalLimitStore;
  audit: AuditTrail;
  environmentAccess: EnvironmentAccess;
  environments: EnvironmentSource;
  requester: Requester;
};

const present = ({ updatedAt, ...record }: ApprovalLimitRecord) => ({
  ...record,
  updatedAt: new Date(updatedAt).toISOString(),
});

/** Above which size the orders of an environment wait, for those who may change its quotas. */
export function createApprovalLimitHandlers(
  deps: ApprovalLimitHandlerDeps,
): Pick<Handlers, 'listApprovalLimits' | 'putApprovalLimits'> {
  const places = new QuotaPlaces(deps);

  return {
    async listApprovalLimits(_input, request) {
      const environments = await places.of(
        await deps.requester.anyone(request),
      );
      const records = await deps.approvalLimits.list(environments);
      return { body: { items: records.map(present), environments } };
    },

    async putApprovalLimits({ environment, limits }, request) {
      const body = await deps.audit.audited(
        request,
        {
          noun: 'approval-limits',
          verb: 'put',
          severityLevel: 'medium',
          meta: { environment, limits },
        },
        async () => {
          const { caller, credentials } = await deps.requester.user(request);
          await places.require(environment, credentials);
          const record = await deps.approvalLimits.put(
            environment,
            limits,
            caller.userRef,
          );
          return { result: present(record) };
        },
      );
      return { body };
    },
  };
}
