import { readFile, readdir } from 'node:fs/promises';
import { isSystemError, unless } from './errors.ts';

/** A process, told from a later one with the same number by the time at which it started (clock ticks since the boot). */
export interface ProcessIdentity {
  pid: number;
  startTime: number;
}

/** A file of `/proc/<pid>`, or undefined when that process is gone. */
export async function readProc(
  pid: number,
  name: string,
): Promise<string | undefined> {
  return await unless(
    ['ENOENT', 'ESRCH'],
    readFile(`/proc/${pid}/${name}`, 'utf8'),
  );
}

/** Identity of a running process; undefined when it is gone or only waits to be reaped. */
export async function identify(
  pid: number,
): Promise<ProcessIdentity | undefined> {
  const stat = await readProc(pid, 'stat');
  if (!stat) return undefined;
  // The second field is the command in parentheses and may hold anything, also spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const state = fields[0];
  if (state === 'Z' || state === 'X') return undefined;
  return { pid, startTime: Number(fields[19]) };
}

/** Whether that very process still runs. */
export async function isAlive(process: ProcessIdentity): Promise<boolean> {
  return (await identify(process.pid))?.startTime === process.startTime;
}

/** Sends a signal (its name or number) to a process that may be gone already. */
export function signal(pid: number, name: NodeJS.Signals | number): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error;
  }
}

/** Numbers of all processes of the machine. */
export async function allProcesses(): Promise<number[]> {
  return (await readdir('/proc'))
    .filter(name => /^\d+$/.test(name))
    .map(Number);
}

/** Number of the process that started this one, or adopted it; undefined when it is gone. */
async function parentOf(pid: number): Promise<number | undefined> {
  const match = /^PPid:\s+(\d+)$/m.exec((await readProc(pid, 'status')) ?? '');
  return match ? Number(match[1]) : undefined;
}

/**
 * Whether a process was forked and has not begun its own program yet: for that moment it is a copy of its parent, command line
 * and environment included.
 */
export async function isFork(pid: number): Promise<boolean> {
  const parent = await parentOf(pid);
  if (!parent) return false;
  const [own, parents] = await Promise.all(
    [pid, parent].map(each => readProc(each, 'cmdline')),
  );
  return own !== undefined && own === parents;
}

/** A process and those that it descends from. */
export async function withAncestors(pid: number): Promise<Set<number>> {
  const line = new Set<number>();
  for (let at: number | undefined = pid; at; at = await parentOf(at))
    line.add(at);
  return line;
}

/** Kills a process and all that descend from it. */
export async function killTree(root: ProcessIdentity): Promise<void> {
  if (!(await isAlive(root))) return;
  // Stopped first, so that it starts no more of them while they are counted.
  signal(root.pid, 'SIGSTOP');
  const pids = await allProcesses();
  const lines = await Promise.all(pids.map(withAncestors));
  for (const [index, pid] of pids.entries()) {
    if (lines[index]!.has(root.pid)) signal(pid, 'SIGKILL');
  }
}
