import type { DatabaseService } from '@backstage/backend-plugin-api';
import type { Config } from '@backstage/config';
import type { Command } from 'commander';

/** One command of `kubesmith`; a file of `src/cli/commands` each, listed in its `index.ts`. */
export interface CliCommand {
  /** As it is typed. */
  name: string;
  /** One sentence for `kubesmith --help`. */
  summary: string;
  /** Adds options and arguments of its own; every command already has `--config`. */
  configure?(command: Command): void;
  /**
   * Does it. The message of what it throws is printed and ends with exit code 1.
   *
   * @returns the exit code
   */
  run(context: CliContext): Promise<number>;
}

/** What a command is given. */
export interface CliContext {
  /** Values of the options by their camel-cased names. */
  options: Record<string, unknown>;
  /** Arguments beside the options. */
  arguments: string[];
  /** The app-config, read as the backend reads it: `--config` files or the defaults, and APP_CONFIG_ variables. */
  loadConfig(): Promise<Config>;
  /**
   * The plugin's own database, as the backend opens it; closed when the command ends. Nothing is asked of it before
   * `getClient`, which makes a missing database unless the configuration says otherwise.
   */
  database(config: Config): DatabaseService;
  /** Prints one line, or several. */
  print(text: string): void;
}
