import fs, { type FSWatcher } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type {
  AuditorService,
  LoggerService,
} from '@backstage/backend-plugin-api';
import {
  Policies,
  formatPolicyProblem,
} from '@kubesmith/plugin-kubesmith-common';
import type { PolicyHealth } from '@kubesmith/plugin-kubesmith-common';
import type { PolicySnapshot, PolicySource } from './PolicySource';
import type { ReferenceWatch } from './ReferenceWatch';
import { type LoadedPolicyFiles, loadPolicyFiles } from './loadPolicyFiles';

type FilePoliciesOptions = {
  files: readonly string[];
  administrators: readonly string[];
  auditor: AuditorService;
  logger: LoggerService;
  /** Looks whether what the files name is there. */
  references?: ReferenceWatch;
  /** Milliseconds between two looks at the files, for file systems that tell of no change. */
  pollMs?: number;
  /** Milliseconds for which files must stay the same before they are used: an editor may be half way through. */
  settleMs?: number;
};

type FullOptions = FilePoliciesOptions &
  Required<Pick<FilePoliciesOptions, 'pollMs' | 'settleMs'>>;

/**
 * Policies in files, which are read again whenever they change. Files with a mistake change nothing: the last good state
 * stays in force; the log, an audit event and the health say so.
 */
export class FilePolicies implements PolicySource {
  readonly kind = 'files';
  readonly #options: FullOptions;
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #stopped = new AbortController();
  #snapshot: PolicySnapshot;
  #state: LoadedPolicyFiles;
  #stamp = '';
  #reloading?: Promise<void>;
  #again = false;

  private constructor(
    options: FullOptions,
    state: LoadedPolicyFiles,
    snapshot: PolicySnapshot,
  ) {
    this.#options = options;
    this.#state = state;
    this.#snapshot = snapshot;
  }

  /**
   * Reads the files and watches them until `stop`.
   *
   * @throws Error with every problem: without a last good state there is nothing to go on with
   */
  static async start(options: FilePoliciesOptions): Promise<FilePolicies> {
    const full = { pollMs: 2000, settleMs: 50, ...options };
    const state = await loadPolicyFiles(options.files);
    if (!state.document) {
      throw new Error(
        `The policies in kubesmith.policies.files cannot be used:\n${state.problems
          .map(formatPolicyProblem)
          .join('\n')}`,
      );
    }
    const source = new FilePolicies(full, state, {
      version: 1,
      policies: new Policies(state.document, options),
    });
    source.#watch();
    options.references?.start(state.parts);
    source.#poll().catch(error => options.logger.error(String(error)));
    return source;
  }

  async current(): Promise<PolicySnapshot> {
    return this.#snapshot;
  }

  health(): PolicyHealth {
    const { problems } = this.#state;
    return {
      status: problems.length === 0 ? 'ok' : 'failing',
      problems,
      warnings: this.#options.references?.warnings,
    };
  }

  /** The files in force, with those that they include. */
  get files(): readonly string[] {
    return this.#state.files;
  }

  /** Reads the files if they changed; resolves when what they say is in force, or refused. */
  async reload(): Promise<void> {
    this.#again = true;
    this.#reloading ??= this.#reloadWhileChanging().finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  stop(): void {
    this.#stopped.abort();
    this.#options.references?.stop();
    this.#watchers.forEach(watcher => watcher.close());
    this.#watchers.clear();
  }

  async #reloadWhileChanging(): Promise<void> {
    let state = this.#state;
    while (this.#again && !this.#stopped.signal.aborted) {
      this.#again = false;
      const before = await loadPolicyFiles(this.#options.files);
      await sleep(this.#options.settleMs);
      state = await loadPolicyFiles(this.#options.files);
      this.#again ||= before.fingerprint !== state.fingerprint;
    }
    if (state.fingerprint !== this.#state.fingerprint) {
      await this.#use(state);
    }
  }

  async #use(state: LoadedPolicyFiles): Promise<void> {
    const { auditor, logger, files } = this.#options;
    this.#state = state;
    if (state.document) {
      this.#snapshot = {
        version: this.#snapshot.version + 1,
        policies: new Policies(state.document, this.#options),
      };
    }
    this.#watch();
    const event = await auditor.createEvent({
      eventId: 'policy-mutate',
      severityLevel: 'high',
      meta: { actionType: 'reload', files: [...files] },
    });
    if (state.document) {
      logger.info(
        `Policies read again from ${files.join(', ')}: ${
          state.document.roles.length
        } roles`,
      );
      await event.success();
      // They are in force whatever it finds, and however long it takes.
      this.#options.references
        ?.changed(state.parts)
        .catch(problem =>
          logger.error('Policy files are not checked', problem),
        );
      return;
    }
    const error = new Error(
      `The changed policies cannot be used; the last good ones stay in force:\n${state.problems
        .map(formatPolicyProblem)
        .join('\n')}`,
    );
    logger.error(error.message);
    await event.fail({ error });
  }

  /** Watches folders: editors replace files, and Kubernetes the folder's link. */
  #watch(): void {
    const folders = new Set(this.#state.files.map(file => dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (!folders.has(folder)) {
        watcher.close();
        this.#watchers.delete(folder);
      }
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder) || this.#stopped.signal.aborted) {
        continue;
      }
      try {
        const watcher = fs.watch(folder, { persistent: false }, () =>
          this.#changed(),
        );
        // The look every few seconds goes on.
        watcher.on('error', () => {
          watcher.close();
          this.#watchers.delete(folder);
        });
        this.#watchers.set(folder, watcher);
      } catch (error) {
        this.#options.logger.warn(
          `Changes of policies in ${folder} are noticed after ${
            this.#options.pollMs
          } ms only: ${error}`,
        );
      }
    }
  }

  #changed(): void {
    this.reload().catch(error =>
      this.#options.logger.error(`Policies were not read again: ${error}`),
    );
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped;
    for (;;) {
      try {
        await sleep(this.#options.pollMs, undefined, { signal, ref: false });
      } catch {
        // Stopped.
        return;
      }
      const stamps = await Promise.all(
        this.#state.files.map(file =>
          stat(file).then(
            ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
            () => 'missing',
          ),
        ),
      );
      const stamp = stamps.join(';');
      if (stamp !== this.#stamp) {
        this.#stamp = stamp;
        this.#changed();
      }
    }
  }
}
