/** What a token may be used for: to look at things, or to work with clusters too. */
export type TokenScope = 'read' | 'operate';

/** A token as it is stored: without the token itself. Times are milliseconds since the epoch. */
export interface TokenRecord {
  id: string;
  /** Entity ref of the person in whose name it acts. */
  userRef: string;
  name: string;
  scope: TokenScope;
  /** The only environment that it is good for; all when missing. */
  environment?: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt?: number;
  revokedAt?: number;
}
