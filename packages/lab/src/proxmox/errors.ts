/**
 * Imitates how Proxmox VE words its refusals (pve-common `PVE::Exception`, pve-http-server's JSON formatter, guide section 7):
 * the message is both the reason phrase of the status line and `message` in the body. Left out: other formatters than JSON.
 */

/** An answer that is not a success. Thrown by checks and handlers, turned into a response by the server. */
export class PveError extends Error {
  /** HTTP status of the answer. */
  readonly status: number;
  /** One text per parameter, only in answers of status 400. */
  readonly errors: Record<string, string> | undefined;

  constructor(
    status: number,
    message: string,
    errors?: Record<string, string>,
  ) {
    super(message);
    this.name = 'PveError';
    this.status = status;
    this.errors = errors;
  }
}

/** What Perl's `die` becomes: HTTP 500 with the text as the reason. */
export const failure = (message: string) => new PveError(500, message);

/** `Permission check failed (PATH, PRIVILEGES)`; without the part in brackets when alternatives were tried. */
export const forbidden = (what?: string) =>
  new PveError(
    403,
    what ? `Permission check failed (${what})` : 'Permission check failed',
  );

/** `Parameter verification failed.` with one text for each parameter. */
export const invalid = (errors: Record<string, string>) =>
  new PveError(400, 'Parameter verification failed.', errors);

/** The text of anything that was thrown. */
export const messageOf = (error: unknown) =>
  error instanceof Error ? error.message : String(error);
