import { createApiRef } from '@backstage/frontend-plugin-api';
import type {
  CurrentPolicies,
  HandedInPolicies,
  PolicyAnswers,
  PolicyPreview,
  PolicyProblem,
  PolicyVersionInfo,
} from '@kubesmith/plugin-kubesmith-common';

/** Why policies are changed, and which version the change began with. */
export type PolicySave = { expectedVersion: number; reason: string };

/**
 * The policies of the portal: who may do what. Every method rejects with a `PoliciesApiError`, or with the error of the
 * network.
 * @public
 */
export interface PoliciesApi {
  /** The policies in force. */
  current(): Promise<CurrentPolicies>;
  /** Newest first. */
  versions(page: {
    limit: number;
    offset: number;
  }): Promise<PolicyVersionInfo[]>;
  /** The text of a version; 0 is what ships with Kubesmith. */
  version(version: number): Promise<{ yaml: string }>;
  /** What is wrong with policies; empty when they could be saved. */
  validate(policies: HandedInPolicies): Promise<PolicyProblem[]>;
  /** Who would gain and lose which right. Changes nothing. */
  preview(policies: HandedInPolicies): Promise<PolicyPreview>;
  /** Answers the number of the new version. */
  save(policies: HandedInPolicies, change: PolicySave): Promise<number>;
  /** Saves an earlier version once more; answers the number of the new one. */
  rollBack(toVersion: number, change: PolicySave): Promise<number>;
  /**
   * What somebody may do.
   *
   * @param question.user - entity ref; oneself when missing
   * @param question.cluster - id of the cluster that it is about; without one, what the answer depends on is not known
   */
  explain(question?: {
    user?: string;
    cluster?: string;
  }): Promise<PolicyAnswers>;
}

/** The policies as the signed-in user may see and change them. @public */
export const policiesApiRef = createApiRef<PoliciesApi>().with({
  id: 'plugin.kubesmith.policies',
  pluginId: 'kubesmith',
});
