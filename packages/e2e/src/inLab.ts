import { spawn } from 'node:child_process';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { inNamespace } from '@kubesmith/lab/src/instance/namespace.ts';
import { toolEnvironment } from './tools.ts';

/** How a command ended. */
export interface Outcome {
  stdout: string;
  stderr: string;
  code: number | string;
}

/**
 * Runs a command in the lab's network and waits for its end.
 *
 * @throws Error with the command's words when it ends with another code than 0, unless `mayFail`
 */
export async function runInLab(
  instance: Instance,
  command: readonly string[],
  options: {
    env?: Record<string, string>;
    input?: string;
    timeoutMs?: number;
    mayFail?: boolean;
  } = {},
): Promise<Outcome> {
  const [program, ...args] = inNamespace(instance, command);
  const child = spawn(program!, args, {
    env: { ...toolEnvironment(), ...options.env },
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', chunk => stdout.push(chunk));
  child.stderr.on('data', chunk => stderr.push(chunk));
  child.stdin.on('error', () => {
    // The command ended without reading its input; its exit code tells the rest.
  });
  child.stdin.end(options.input);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, killedBy) =>
      resolve(exitCode ?? killedBy ?? 'unknown'),
    );
  });
  const outcome = {
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
    code,
  };
  if (code !== 0 && !options.mayFail) {
    throw new Error(
      `"${command.join(' ')}" ended with ${code}: ${
        outcome.stderr.trim() || outcome.stdout.trim()
      }`,
    );
  }
  return outcome;
}
