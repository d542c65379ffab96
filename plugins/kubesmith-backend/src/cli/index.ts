import { Command, CommanderError } from 'commander';
import type { CliCommand } from './CliCommand';
import { commands } from './commands';
import { pluginDatabase } from './database';
import { loadConfig } from './loadConfig';

/**
 * Runs `kubesmith` and ends the process with the command's exit code.
 *
 * @param argv - as `process.argv`
 */
export async function main(argv: string[]): Promise<never> {
  const code = await run(argv.slice(2), text =>
    process.stdout.write(`${text}\n`),
  );
  // Keep-alive timers of connections would hold the process for a while.
  process.exit(code);
}

/**
 * Runs one command.
 *
 * @param args - what follows the program's name
 * @param print - takes the output, whole lines without the last line feed
 * @returns the exit code
 */
export async function run(
  args: string[],
  print: (text: string) => void,
): Promise<number> {
  const program = new Command('kubesmith')
    .description('Kubesmith for administrators')
    .exitOverride()
    .configureOutput({
      writeOut: text => print(text.trimEnd()),
      writeErr: text => print(text.trimEnd()),
    });
  const result = { exitCode: 0 };
  commands.forEach(command => add(program, command, print, result));
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    print(error instanceof Error ? error.message : String(error));
    return 1;
  }
  return result.exitCode;
}

function add(
  program: Command,
  { configure, name, run: perform, summary }: CliCommand,
  print: (text: string) => void,
  result: { exitCode: number },
): void {
  const command = program
    .command(name)
    .description(summary)
    .option(
      '--config <file...>',
      'app-config files, later ones win (default: as the backend does)',
      [],
    );
  configure?.(command);
  command.action(async () => {
    const options = command.opts();
    const closers: Array<() => Promise<void>> = [];
    try {
      result.exitCode = await perform({
        options,
        arguments: command.args,
        print,
        loadConfig: () => loadConfig(options.config),
        database: config => {
          const { database, close } = pluginDatabase(config);
          closers.push(close);
          return database;
        },
      });
    } finally {
      for (const close of closers) await close();
    }
  });
}
