import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

const FOLDER = resolve(__dirname, '../../packages/e2e/src/bench');

/**
 * Runs one of the lab's programs, and gives the lines of JSON that it prints. A SIGINT is handed on to it, as a terminal does.
 *
 * @throws Error when it does not end well
 */
export async function* linesOf(
  program: string,
  args: string[],
): AsyncGenerator<unknown> {
  const child = spawn(process.execPath, [join(FOLDER, program), ...args], {
    // A session of its own: a terminal's SIGINT reaches it once, through us.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const hand = () => child.kill('SIGINT');
  process.on('SIGINT', hand);
  const ended = once(child, 'exit');
  try {
    for await (const line of createInterface(child.stdout))
      if (line.startsWith('{')) yield JSON.parse(line);
    const [code] = await ended;
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
  } finally {
    process.off('SIGINT', hand);
    if (child.exitCode === null && child.signalCode === null) hand();
  }
}
