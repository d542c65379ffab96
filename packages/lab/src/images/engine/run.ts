import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { finished } from 'node:stream/promises';

/** How a program is run. */
export interface RunOptions {
  cwd?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** Runs a program to its end and resolves with its standard output. Rejects with {@link ProgramFailed}. */
export type Run = (
  program: string,
  args: string[],
  options?: RunOptions,
) => Promise<string>;

/** A program ended with an error; the message holds its last lines. */
export class ProgramFailed extends Error {}

const LAST_LINES = 15;

/**
 * Runs programs with low priority; their output is appended to the log.
 *
 * @param onLine - called with every line they print, for the progress display
 */
export function runner(log: string, onLine: (line: string) => void): Run {
  return async (program, args, options = {}) => {
    await mkdir(dirname(log), { recursive: true });
    const file = createWriteStream(log, { flags: 'a' });
    file.write(`$ ${[program, ...args].join(' ')}\n`);
    // It ends with this process, however that ends: two builders must never meet in one folder.
    const child = spawn(
      'nice',
      ['-n', '10', 'setpriv', '--pdeathsig', 'KILL', program, ...args],
      {
        cwd: options.cwd,
        env: { ...process.env, ...options.env },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const stdout: Buffer[] = [];
    const lines: string[] = [];
    const note = (chunk: Buffer) => {
      file.write(chunk);
      const printed = chunk
        .toString()
        .split('\n')
        .map(line => line.trim());
      lines.push(...printed.filter(Boolean));
      lines.splice(0, lines.length - LAST_LINES);
      const last = lines.at(-1);
      if (last) onLine(last);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout.push(chunk);
      note(chunk);
    });
    child.stderr.on('data', note);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else {
        reject(
          new ProgramFailed(
            `${program} ${signal ?? `ended with ${code}`}:\n  ${lines.join(
              '\n  ',
            )}\n  (all of it: ${log})`,
          ),
        );
      }
    });
    try {
      return await promise;
    } finally {
      file.end();
      await finished(file);
    }
  };
}
