import { setTimeout as sleep } from 'node:timers/promises';
import type {
  LoggerService,
  RootInstanceMetadataService,
} from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { PersonDecisions } from '../permissions/PersonDecisions';

/** What decides who may do what: Kubesmith's policies, something else, or a permission plugin in another process. */
export type PolicyEngine = 'kubesmith' | 'other' | 'elsewhere';

const MODULE_ID = 'kubesmith';
const ASK_AGAIN_MS = 5000;
const REMIND_MS = 60_000;

/** Which policy engine is installed in this backend. It does not matter how far its start is. */
export async function installedPolicyEngine(
  metadata: RootInstanceMetadataService,
): Promise<PolicyEngine> {
  const permission = (await metadata.getInstalledPlugins()).find(
    ({ pluginId }) => pluginId === 'permission',
  );
  if (!permission) return 'elsewhere';
  return permission.modules.some(({ moduleId }) => moduleId === MODULE_ID)
    ? 'kubesmith'
    : 'other';
}

/** What is wrong with the policy engine of a production portal: undefined when it is ours, or acknowledged. */
export function policyEngineProblem(
  config: Config,
  engine: PolicyEngine,
): string | undefined {
  return engine === 'other' &&
    config.getOptional('kubesmith.policyEngine') !== 'other'
    ? "kubesmith.policyEngine: another policy than Kubesmith's decides who may do what; add @kubesmith/plugin-permission-backend-module-kubesmith in its place, or write `other` here when you gave yours the rules that Kubesmith's README names"
    : undefined;
}

/**
 * Waits for a permission plugin that runs in another process to say which engine it has. Nothing could be allowed without it
 * anyway, so the start waits as long as that takes.
 */
export async function policyEngineElsewhere(options: {
  decisions: Pick<PersonDecisions, 'isAvailable'>;
  logger: LoggerService;
  askAgainMs?: number;
}): Promise<PolicyEngine> {
  const { decisions, logger, askAgainMs = ASK_AGAIN_MS } = options;
  let remindedAt = -Infinity;
  for (;;) {
    try {
      return (await decisions.isAvailable()) ? 'kubesmith' : 'other';
    } catch (error) {
      if (performance.now() - remindedAt > REMIND_MS) {
        remindedAt = performance.now();
        logger.warn(
          'Kubesmith waits for the permission plugin, which is not installed in this backend and does not answer',
          error as Error,
        );
      }
      await sleep(askAgainMs);
    }
  }
}
