import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Task } from '../engine/component.ts';
import { ProgramFailed } from '../engine/run.ts';
import { SOURCES } from '../paths.ts';

/** A program of a pinned Go module in `images/go/<module>`. */
export interface GoProgram {
  /** Folder below images/go. */
  module: string;
  /** Import path; `.` or `./x` for a package of the module itself. */
  package: string;
  /** Name of the binary in the result. */
  binary: string;
  /** `-X` assignments of the linker: full variable name to value. */
  variables?: Record<string, string>;
}

/** What go says when the module proxy could not be reached; it does not try again by itself. */
const NETWORK_TROUBLE =
  /dial tcp|i\/o timeout|connection (reset|refused)|TLS handshake|unexpected EOF|: EOF|50[234] /;
const ATTEMPTS = 3;

/** Where a module's sources are. */
export function goModule(name: string): string {
  return join(SOURCES, 'go', name);
}

/**
 * Builds a static program. `-mod=readonly`: go.mod and go.sum decide, and a difference is an error. `-trimpath`, no VCS
 * stamp: the same source gives the same file anywhere.
 */
export async function buildGoProgram(
  program: GoProgram,
  task: Task,
): Promise<void> {
  const variables = Object.entries(program.variables ?? {}).map(
    ([name, value]) => `-X ${name}=${value}`,
  );
  for (let attempt = 1; ; attempt++) {
    try {
      await compile(program, variables, task);
      return;
    } catch (error) {
      const again =
        error instanceof ProgramFailed &&
        NETWORK_TROUBLE.test(error.message) &&
        attempt < ATTEMPTS;
      if (!again) throw error;
      await delay(attempt * 10_000);
    }
  }
}

async function compile(
  program: GoProgram,
  variables: string[],
  task: Task,
): Promise<void> {
  await task.run(
    'go',
    [
      'build',
      '-mod=readonly',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags',
      ['-s', '-w', ...variables].join(' '),
      '-o',
      join(task.output, program.binary),
      program.package,
    ],
    {
      cwd: goModule(program.module),
      env: { CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '' },
    },
  );
}
