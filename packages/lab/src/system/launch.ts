import type { Cgroup } from './cgroups.ts';

/**
 * The command line that enters a cgroup before it becomes the given command. The process enters by itself, so nothing that
 * it forks can be outside.
 */
export function entering(cgroup: Cgroup, command: readonly string[]): [string, ...string[]] {
  const script = 'while [ "$1" != -- ]; do echo 0 > "$1"; shift; done; shift; exec "$@"';
  return ['sh', '-ec', script, 'lab', ...cgroup.entrances, '--', ...command];
}
