/**
 * Imitates who is asking and what they may do (pve-access-control `RPCEnvironment.pm`, `AccessControl::roles`): API tokens,
 * privilege separation, propagation, the nearest ACL replacing those above it, VMs inheriting from their pool.
 * Left out: tickets, passwords, realms, groups, `NoAccess`, expiry.
 */
import { timingSafeEqual, createHash } from 'node:crypto';
import { PveError, forbidden } from './errors.ts';
import type { AccessOptions } from './options.ts';
import type { Check } from './privilegeTable.ts';
import type { State } from './state.ts';

/** Privileges on a path; the value says whether they hold below it too. */
export type Privileges = Map<string, boolean>;

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Knows tokens, roles and the access control list, and says what each call may do. */
export class Access {
  readonly #options: AccessOptions;
  readonly #state: State;

  constructor(options: AccessOptions, state: State) {
    for (const entry of options.acl) {
      if (!options.roles[entry.role]) {
        throw new Error(`ACL for ${entry.path} names no role: ${entry.role}`);
      }
    }
    this.#options = structuredClone(options);
    this.#state = state;
  }

  /** User or token id (`user@realm!token`) of a request's `Authorization` header, else Proxmox's error 401. */
  authenticate(header: string | undefined): string {
    if (!header) throw new PveError(401, 'No ticket');
    const match = /^PVEAPIToken[=\s]([^=]+)=(.+)$/.exec(header);
    const token = this.#options.tokens.find(({ id }) => id === match?.[1]);
    if (
      !match ||
      !token ||
      !timingSafeEqual(digest(token.secret), digest(match[2]!))
    ) {
      throw new PveError(401, 'Authentication failed!');
    }
    return token.id;
  }

  /** Gives a token another secret, as if it had been removed and made again. */
  setSecret(id: string, secret: string): void {
    const token = this.#options.tokens.find(known => known.id === id);
    if (!token) throw new Error(`no token ${id}`);
    token.secret = secret;
  }

  /** Replaces a role's privileges, as `pveum role modify` does. */
  setRole(role: string, privileges: string[]): void {
    if (!this.#options.roles[role]) throw new Error(`no role ${role}`);
    this.#options.roles[role] = privileges;
  }

  get roles(): Readonly<Record<string, string[]>> {
    return this.#options.roles;
  }

  /** Effective privileges on a path: for a token with privilege separation those that its user has as well. */
  permissions(subject: string, path: string): Privileges {
    const [user] = subject.split('!') as [string];
    if (user === 'root@pam') {
      const everything = Object.values(this.#options.roles).flat();
      return new Map(everything.map(privilege => [privilege, true]));
    }
    const token = this.#options.tokens.find(({ id }) => id === subject);
    if (!token) return this.#own(subject, path);
    const ofUser = this.#own(user, path);
    if (!token.privilegeSeparation) return ofUser;
    const ofToken = this.#own(subject, path);
    return new Map(
      [...ofToken]
        .filter(([privilege]) => ofUser.has(privilege))
        .map(([privilege, below]) => [
          privilege,
          below && ofUser.get(privilege)!,
        ]),
    );
  }

  /** Paths that `GET /access/permissions` reports on. */
  knownPaths(): string[] {
    const pooled = this.#state
      .sortedVms()
      .filter(vm => vm.pool)
      .map(vm => `/vms/${vm.vmid}`);
    const top = ['/', '/access', '/access/groups', '/nodes', '/pool', '/sdn'];
    const named = this.#options.acl.map(({ path }) => path);
    return [...new Set([...top, '/storage', '/vms', ...named, ...pooled])];
  }

  /** Whether the subject has all the privileges. */
  has(subject: string, path: string, ...privileges: string[]): boolean {
    const granted = this.permissions(subject, path);
    return privileges.every(privilege => granted.has(privilege));
  }

  /** Throws Proxmox's error 403, which names the first privilege that is missing. */
  require(subject: string, path: string, ...privileges: string[]): void {
    const granted = this.permissions(subject, path);
    for (const privilege of privileges) {
      if (!granted.has(privilege)) throw forbidden(`${path}, ${privilege}`);
    }
  }

  /** Throws Proxmox's error 403 unless the subject has one of the privileges. */
  requireAny(subject: string, path: string, ...privileges: string[]): void {
    const granted = this.permissions(subject, path);
    if (!privileges.some(privilege => granted.has(privilege))) {
      throw forbidden(`${path}, ${privileges.join('|')}`);
    }
  }

  /** Enforces a row of the privilege table for a call with these parameters. */
  enforce(
    check: Check,
    subject: string,
    params: Readonly<Record<string, string>>,
  ): void {
    switch (check.kind) {
      case 'anyone':
        return;
      case 'and':
        for (const part of check.checks) this.enforce(part, subject, params);
        return;
      case 'or':
        if (!check.checks.some(part => this.#passes(part, subject, params))) {
          throw forbidden();
        }
        return;
      default: {
        if (check.requires && params[check.requires] === undefined) {
          throw forbidden();
        }
        const path = check.path.replace(
          /\{(\w+)\}/g,
          (_, name: string) => params[name] ?? '',
        );
        if (check.kind === 'any') {
          this.requireAny(subject, path, ...check.privileges);
        } else {
          this.require(subject, path, ...check.privileges);
        }
      }
    }
  }

  #passes(
    check: Check,
    subject: string,
    params: Readonly<Record<string, string>>,
  ): boolean {
    try {
      this.enforce(check, subject, params);
      return true;
    } catch (error) {
      if (error instanceof PveError && error.status === 403) return false;
      throw error;
    }
  }

  #own(subject: string, path: string): Privileges {
    const roles = this.#rolesOn(subject, path);
    const vmid = /^\/vms\/(\d+)$/.exec(path)?.[1];
    const pool = vmid && this.#state.vms.get(Number(vmid))?.pool;
    if (pool) {
      for (const role of this.#rolesOn(subject, `/pool/${pool}`).keys()) {
        if (!roles.has(role)) roles.set(role, false);
      }
    }
    const privileges: Privileges = new Map();
    for (const [role, below] of roles) {
      for (const privilege of this.#options.roles[role] ?? []) {
        privileges.set(privilege, below || privileges.get(privilege) === true);
      }
    }
    return privileges;
  }

  /** Walks down from `/`: what is said on a nearer path replaces what was said above. */
  #rolesOn(subject: string, path: string): Map<string, boolean> {
    const segments = path.split('/').filter(segment => segment !== '');
    let roles = new Map<string, boolean>();
    for (let depth = 0; depth <= segments.length; depth++) {
      const here = `/${segments.slice(0, depth).join('/')}`;
      const entries = this.#options.acl.filter(
        entry =>
          entry.subject === subject &&
          entry.path === here &&
          (depth === segments.length || entry.propagate !== false),
      );
      if (entries.length > 0) {
        roles = new Map(
          entries.map(entry => [entry.role, entry.propagate !== false]),
        );
      }
    }
    return roles;
  }
}
