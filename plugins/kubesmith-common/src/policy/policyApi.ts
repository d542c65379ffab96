import type { PolicyDecisionExplained } from './evaluate';
import type { PolicyProblem } from './parsePolicies';
import type { PolicyDocument, PolicyRole, PolicyRule } from './schema';
import type { PolicyVerb } from './verbs';

/* What the routes below `/api/permission/kubesmith/policies` take and answer. */

/** Policies that somebody hands in: as text, or as the document that a form made. @public */
export type HandedInPolicies = { yaml: string } | { document: unknown };

/** Whether the policies in force are those that staff wrote last. @public */
export type PolicyHealth = {
  status: 'ok' | 'failing';
  /** What is wrong with the newest state; the last good one is in force. */
  problems: PolicyProblem[];
  /** Of files: users, groups and environments that they name and that there are not. They give nobody anything. */
  warnings?: PolicyProblem[];
};

/** The policies in force. @public */
export type CurrentPolicies = {
  source: 'files' | 'database';
  /** Whether they can be changed here. */
  writable: boolean;
  /** Of the database: its number, 0 for the policies that ship. Of files: which state of them. */
  version: number;
  document: PolicyDocument;
  yaml: string;
  health: PolicyHealth;
};

/** What is known of a version besides its text. @public */
export type PolicyVersionInfo = {
  version: number;
  /** Entity ref of who saved it. */
  author: string;
  reason: string;
  /** Milliseconds since the epoch, the database's. */
  createdAt: number;
};

/** A right that somebody gains or loses. @public */
export type PolicyChange = {
  /** Entity ref. */
  user: string;
  verb: PolicyVerb;
  change: 'gains' | 'loses';
  /** With which cluster, for verbs on clusters. */
  cluster?: { id: string; name: string; environment: string; owner: string };
  /** Name of the environment, for orders and verbs on environments. */
  environment?: string;
};

/** What a new version of the policies would change. @public */
export type PolicyPreview = {
  changes: PolicyChange[];
  /** How many there are in all; the list stops at some point. */
  total: number;
  users: number;
  clusters: number;
  /** How many people could change the policies afterwards; with none, nothing is saved. */
  managers: number;
};

/** An answer to "may this person do that?" @public */
export type PolicyExplanation = PolicyDecisionExplained & {
  verb: PolicyVerb;
  /** The rule that decided, as it stands in the policies; for those who manage them only. */
  ruleText?: PolicyRule;
};

/** A role that somebody has; its rules are for those who manage policies only. @public */
export type PolicyRoleHeld = Pick<
  PolicyRole,
  'name' | 'title' | 'description'
> & { rules?: PolicyRule[] };

/** What somebody may do in an environment: order there, whatever size and version, and manage it. @public */
export type PolicyEnvironmentAnswers = {
  name: string;
  title: string;
  items: PolicyExplanation[];
};

/** What somebody may do. @public */
export type PolicyAnswers = {
  /** With the cluster that was asked about; without one, only those of the whole portal say something. */
  items: PolicyExplanation[];
  /** All environments; in answers about oneself those in which one may do something. */
  environments: PolicyEnvironmentAnswers[];
  /** The roles that the person has, in the policies' order. */
  roles: PolicyRoleHeld[];
};
