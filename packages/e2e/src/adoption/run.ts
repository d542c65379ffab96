import { spawn } from 'node:child_process';
import { toolEnvironment } from '../tools.ts';

/** How a program ended. */
export interface Outcome {
  code: number | string;
  /** Both streams, as they came. */
  output: string;
}

/** Runs a program to its end, with little claim on the machine. */
export async function outcomeOf(
  cwd: string,
  argv: string[],
  options: { limitMinutes?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<Outcome> {
  const chunks: Buffer[] = [];
  // Done as a person does it: on a build server, yarn refuses to write the lock file of a new app.
  const { CI: _, ...environment } = toolEnvironment();
  const child = spawn('nice', argv, {
    cwd,
    env: { ...environment, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: (options.limitMinutes ?? 15) * 60_000,
  });
  child.stdout.on('data', chunk => chunks.push(chunk));
  child.stderr.on('data', chunk => chunks.push(chunk));
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status, signal) =>
      resolve(status ?? signal ?? 'unknown'),
    );
  });
  return { code, output: Buffer.concat(chunks).toString() };
}

/** The same for what must end well: what it printed is shown when it does not. */
export async function run(
  cwd: string,
  argv: string[],
  options: Parameters<typeof outcomeOf>[2] = {},
): Promise<string> {
  const { code, output } = await outcomeOf(cwd, argv, options);
  if (code !== 0) {
    const end = output.trim().split('\n').slice(-40).join('\n');
    throw new Error(
      `"${argv.join(' ')}" in ${cwd} ended with ${code}:\n${end}`,
    );
  }
  return output;
}
