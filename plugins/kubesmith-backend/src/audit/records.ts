/** How something that was asked for ended: it was done, the policy denied it, or it failed or was refused for another reason. */
export type AuditOutcome = 'done' | 'denied' | 'failed';

/** One thing that somebody did, or was not allowed to do. */
export interface AuditEvent {
  /** Entity ref of a user, or `plugin:NAME` of another part of the portal. */
  actor: string;
  /** The plugin that the user acted through, such as `plugin:scaffolder`. */
  via?: string;
  /** Network address that the request came from. */
  source?: string;
  /** Noun and verb, such as `cluster.order`. */
  action: string;
  outcome: AuditOutcome;
  /** `KUBESMITH-…` when it was not done. */
  code?: string;
  environment?: string;
  clusterId?: string;
  /** What else says what it was about; nothing secret, at most 8 KiB as JSON. */
  detail: Record<string, unknown>;
}

/** An event in its place in the chain. */
export interface AuditEntry extends AuditEvent {
  /** 1, 2, 3, … without gaps. */
  seq: number;
  /** Milliseconds since the epoch, by the database's clock. */
  time: number;
  /** SHA-256, hexadecimal, over this entry and the hash before it. */
  hash: string;
}

/** Which entries to list. All conditions must hold. */
export interface AuditFilter {
  actor?: string;
  action?: string;
  outcome?: AuditOutcome;
  environment?: string;
  clusterId?: string;
  /** Milliseconds since the epoch, inclusive. */
  from?: number;
  /** Milliseconds since the epoch, exclusive. */
  until?: number;
}

/** What looking over the whole chain found. */
export interface AuditVerification {
  intact: boolean;
  /** How many entries there are. */
  entries: number;
  /** Where the chain begins; later than 1 when older entries were deleted by the retention time. */
  firstSeq: number;
  lastSeq: number;
  /** To be kept somewhere else: who has it can tell later whether this history was rewritten. */
  lastHash: string;
  /** The first entry that is missing, changed or out of place. */
  brokenAt?: number;
}
