import type { LoggerService } from '@backstage/backend-plugin-api';
import type { PolicyHealth } from '@kubesmith/plugin-kubesmith-common';
import type { PolicySnapshot, PolicySource } from './PolicySource';
import type { PolicyVersionStore } from './PolicyVersionStore';
import { compilePolicies, readDefaultPolicies } from './defaultPolicies';

/**
 * The policies that staff keep in the database. Each decision asks for the newest version's number, so what one replica
 * saves holds at once in all of them.
 */
export class DatabasePolicies implements PolicySource {
  readonly kind = 'database';
  readonly #store: PolicyVersionStore;
  readonly #administrators: readonly string[];
  readonly #logger: LoggerService;
  #loaded?: PolicySnapshot;
  #pending?: Promise<PolicySnapshot>;
  #failing?: { version: number; message: string };

  constructor(options: {
    store: PolicyVersionStore;
    administrators: readonly string[];
    logger: LoggerService;
  }) {
    this.#store = options.store;
    this.#administrators = options.administrators;
    this.#logger = options.logger;
  }

  current(): Promise<PolicySnapshot> {
    // One query for all questions of this turn of the event loop. A later turn may not share it: it may begin after a change
    // that this query was too early for.
    this.#pending ??= new Promise<PolicySnapshot>((resolve, reject) => {
      queueMicrotask(() => {
        this.#pending = undefined;
        this.#load().then(resolve, reject);
      });
    });
    return this.#pending;
  }

  health(): PolicyHealth {
    return this.#failing
      ? {
          status: 'failing',
          problems: [{ path: '', message: this.#failing.message }],
        }
      : { status: 'ok', problems: [] };
  }

  async #load(): Promise<PolicySnapshot> {
    const version = await this.#store.latestVersion();
    const loaded = this.#loaded;
    if (loaded && (loaded.version === version || this.#isBroken(version))) {
      return loaded;
    }
    const yaml =
      version === 0
        ? readDefaultPolicies()
        : (await this.#store.get(version))!.yaml;
    try {
      const snapshot = {
        version,
        policies: compilePolicies(yaml, this.#administrators),
      };
      if (!this.#loaded || this.#loaded.version < version) {
        this.#loaded = snapshot;
        this.#failing = undefined;
      }
      return snapshot;
    } catch (error) {
      // Only checked policies are saved; another release of Kubesmith may have saved what this one does not know.
      const message = `Version ${version} of the policies cannot be used${
        loaded ? `; version ${loaded.version} stays in force` : ''
      }: ${error instanceof Error ? error.message : error}`;
      this.#failing = { version, message };
      this.#logger.error(message);
      if (!loaded) {
        throw error;
      }
      return loaded;
    }
  }

  #isBroken(version: number): boolean {
    return this.#failing?.version === version;
  }
}
