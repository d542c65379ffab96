import { fieldProblem } from '@kubesmith/plugin-kubesmith-common';
import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type {
  ApprovalLimitRecord,
  ApprovalLimitStore,
} from '../approvals/ApprovalLimitStore';
import type { AuditTrail } from '../audit/AuditTrail';
import type { EnvironmentSource } from '../environments/Environments';
import { requestRefused } from '../errors/apiErrors';
import { quoted } from '../errors/quoted';
import type { EnvironmentAccess } from '../permissions/EnvironmentAccess';
import { asDenial } from '../permissions/denials';
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
  async function managed(credentials: BackstageCredentials): Promise<string[]> {
    const { may } = await deps.environmentAccess.of(credentials);
    return (await deps.environments.current())
      .filter(environment => may('manage-quota', environment))
      .map(({ name }) => name);
  }

  return {
    async listApprovalLimits(_input, request) {
      const environments = await managed(await deps.requester.anyone(request));
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
          const choices = await managed(credentials);
          if (!choices.includes(environment)) {
            throw asDenial(
              requestRefused([
                fieldProblem(
                  'environment',
                  'KUBESMITH-ENVIRONMENT-NOT-MANAGED',
                  {
                    environment: quoted(environment),
                    choices: choices.join(', ') || 'none',
                  },
                ),
              ]),
              { verb: 'manage-quota', environment },
            );
          }
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
