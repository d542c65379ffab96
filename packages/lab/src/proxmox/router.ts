/**
 * Imitates how pve-http-server finds a method and its parameters: path, query and form are one set of parameters; a path or
 * method that does not exist is 501, not 404. Each route needs a row in the privilege table, else the double does not start.
 */
import { invalid, PveError } from './errors.ts';
import type { TaskFault } from './faults.ts';
import { callChecks, type Check } from './privilegeTable.ts';

/** One call that was authenticated and may be made. */
export interface ApiCall {
  /** Parameters of path, query and form together. */
  params: Readonly<Record<string, string>>;
  /** `user@realm!token` of the asking token. */
  user: string;
  /** What a test wants to go wrong with the task that this call starts. */
  taskFault?: TaskFault;
}

/** Returns what becomes `data` in the answer; `undefined` becomes `null`. */
export type Handler = (call: ApiCall) => unknown;

/** One call that the double answers. */
export interface Route {
  method: string;
  pattern: string;
  check: Check;
  handler: Handler;
}

/** The route of a call, with the parameters of its path. */
export interface Match {
  route: Route;
  params: Record<string, string>;
}

/** Segments of a path without empty ones, so that a trailing slash makes no difference. */
export const segmentsOf = (path: string): string[] =>
  path.split('/').filter(segment => segment !== '');

/** Finds the handler of a call. */
export class Router {
  readonly #routes: { route: Route; segments: string[] }[] = [];

  add(method: string, pattern: string, handler: Handler): this {
    const check = callChecks[`${method} ${pattern}`];
    if (!check) {
      throw new Error(`no row in the privilege table: ${method} ${pattern}`);
    }
    this.#routes.push({
      route: { method, pattern, check, handler },
      segments: segmentsOf(pattern),
    });
    return this;
  }

  get routes(): Route[] {
    return this.#routes.map(({ route }) => route);
  }

  /** @param path - Path below `/api2/json`, still percent-encoded. */
  match(method: string, path: string): Match {
    const given = segmentsOf(path).map(decodeURIComponent);
    for (const { route, segments } of this.#routes) {
      const params =
        route.method === method ? bind(segments, given) : undefined;
      if (params) return { route, params };
    }
    throw new PveError(501, `Method '${method} ${path}' not implemented`);
  }
}

/** Adds query and form to the path's parameters; a contradiction is an error, as in Proxmox. */
export function mergeParams(
  ofPath: Record<string, string>,
  others: Iterable<[string, string]>,
): Record<string, string> {
  const merged = { ...ofPath };
  for (const [name, value] of others) {
    if (ofPath[name] !== undefined && ofPath[name] !== value) {
      throw invalid({
        [name]:
          'duplicate parameter (already defined in URI) with conflicting values!',
      });
    }
    merged[name] = value;
  }
  return merged;
}

function bind(
  segments: string[],
  given: string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const rest = /^\{(\w+)\.\.\.\}$/.exec(segment)?.[1];
    if (rest) {
      if (index >= given.length) return undefined;
      params[rest] = given.slice(index).join('/');
      return params;
    }
    const value = given[index];
    const name = /^\{(\w+)\}$/.exec(segment)?.[1];
    if (value === undefined || (!name && value !== segment)) return undefined;
    if (name) params[name] = value;
  }
  return given.length === segments.length ? params : undefined;
}
