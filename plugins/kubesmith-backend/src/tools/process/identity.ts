import { readFile } from 'node:fs/promises';

/** One process for as long as the machine runs: a pid alone is used again. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  startTime: string | null;
}

/** The start time of a live process, or undefined when there is none (or only its zombie). */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The second field is the command in brackets and may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether exactly this process still runs. */
export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const startTime = await startTimeOf(identity.pid);
  return startTime !== undefined && startTime === identity.startTime;
}

/** Sends a signal if exactly this process still runs; says whether it was sent. */
export async function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  target: 'process' | 'group' = 'process',
): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  try {
    process.kill(target === 'group' ? -identity.pid : identity.pid, signal);
    return true;
  } catch {
    return false; // It ended in between.
  }
}
