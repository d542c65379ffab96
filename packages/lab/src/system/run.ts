import { spawn } from 'node:child_process';

/** A command ended with another exit code than zero. */
export class CommandFailed extends Error {
  override name = 'CommandFailed';

  constructor(
    command: readonly string[],
    exitCode: number | NodeJS.Signals,
    stderr: string,
  ) {
    super(
      `"${command.join(' ')}" ended with ${exitCode}${
        stderr ? `: ${stderr.trim()}` : ''
      }`,
    );
  }
}

/**
 * Runs a command to its end and resolves with its standard output.
 *
 * @throws CommandFailed with the command's standard error, also when `timeoutMs` (one minute unless given) has passed
 */
export async function run(
  command: readonly [string, ...string[]],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<Buffer> {
  const [file, ...args] = command;
  const child = spawn(file, args, { timeout: options.timeoutMs ?? 60_000 });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', chunk => stdout.push(chunk));
  child.stderr.on('data', chunk => stderr.push(chunk));
  child.stdin.on('error', () => {
    // The command did not want its input; its exit code tells the rest.
  });
  child.stdin.end(options.input);
  const exitCode = await new Promise<number | NodeJS.Signals>(
    (resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal!));
    },
  );
  if (exitCode !== 0) {
    throw new CommandFailed(
      command,
      exitCode,
      Buffer.concat(stderr).toString(),
    );
  }
  return Buffer.concat(stdout);
}
