import { join } from 'node:path';
import type { Task } from '../engine/component.ts';
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
