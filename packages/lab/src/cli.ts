#!/usr/bin/env node
/** `yarn lab`: the command line of the lab. */
import { parseArgs } from 'node:util';
import { down } from './instance/down.ts';
import { exec } from './instance/exec.ts';
import { Instance } from './instance/Instance.ts';
import { Progress } from './instance/Progress.ts';
import { status, statusText } from './instance/status.ts';
import { up } from './instance/up.ts';

const USAGE = `Usage: yarn lab COMMAND [--instance NAME]

  up [--older]     bring the lab up, or complete it
  down             stop and remove all of it, whatever state it is in
  status [--json]  what there is and how to reach it (exit code 3: not up)
  reset            down, then up
  exec -- COMMAND  run a command in the lab's network

  --instance NAME  which lab; several can be up at once (default: lab)
  --older          up: also a template with an older Kubernetes (9002), and packages to upgrade it with
`;

/** Exit code of "status" for a lab that is not up, as systemctl has it. */
const NOT_UP = 3;
const USAGE_ERROR = 2;

const commands: Record<
  string,
  (
    instance: Instance,
    options: { json: boolean; older: boolean; rest: string[] },
  ) => Promise<number>
> = {
  async up(instance, { older }) {
    const progress = new Progress();
    progress.line(`Bringing up the lab "${instance.name}"`);
    await up(instance, progress, { older });
    process.stdout.write(statusText(await status(instance)));
    return 0;
  },
  async down(instance) {
    const progress = new Progress();
    progress.line(`Removing the lab "${instance.name}"`);
    await down(instance, progress);
    return 0;
  },
  async reset(instance, options) {
    await commands.down!(instance, options);
    return await commands.up!(instance, options);
  },
  async status(instance, { json }) {
    const found = await status(instance);
    process.stdout.write(
      json ? `${JSON.stringify(found, null, 2)}\n` : statusText(found),
    );
    return found.state === 'up' ? 0 : NOT_UP;
  },
  async exec(instance, { rest }) {
    return exec(instance, rest);
  },
};

async function main(args: string[]): Promise<number> {
  // Everything after the first "--" belongs to the command that exec runs.
  const end = args.indexOf('--');
  const { values, positionals } = parseArgs({
    args: end < 0 ? args : args.slice(0, end),
    options: {
      instance: { type: 'string', default: 'lab' },
      json: { type: 'boolean', default: false },
      older: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const command = commands[positionals[0] ?? ''];
  const rest = end < 0 ? [] : args.slice(end + 1);
  if (
    !command ||
    positionals.length !== 1 ||
    (positionals[0] === 'exec') !== rest.length > 0
  ) {
    process.stderr.write(USAGE);
    return USAGE_ERROR;
  }
  return await command(new Instance(values.instance), {
    json: values.json,
    older: values.older,
    rest,
  });
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`lab: ${(error as Error).message}\n`);
  process.exitCode = (error as NodeJS.ErrnoException).code?.startsWith(
    'ERR_PARSE_ARGS',
  )
    ? USAGE_ERROR
    : 1;
}
