import { mkdtemp, rm, stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KubesmithConfig, ToolsConfig } from '../../config/types';
import { toolEnvironment } from '../../tools/process/environment';
import { runShort } from '../../tools/process/runShort';
import { TerraformRuntime } from '../../tools/terraform/TerraformRuntime';
import type { Checklist } from './Checklist';
import { nearestFolder } from './folders';
import { gib } from './scope';

const GIB = 1024 ** 3;
const SPACE_PROBLEM = GIB;
const SPACE_WARNING = 5 * GIB;
const TIMEOUT_MS = 60_000;

/** Looks at what Kubesmith needs of the machine that the backend runs on. */
export async function checkMachine(
  list: Checklist,
  { dataDirectory, tools }: KubesmithConfig,
): Promise<void> {
  await checkDataDirectory(list, dataDirectory);
  if (await checkTerraform(list, tools)) await checkProvider(list, tools);
  await checkAnsible(list, tools);
  await checkSsh(list);
}

async function checkDataDirectory(
  list: Checklist,
  directory: string,
): Promise<void> {
  const folder = await nearestFolder(directory);
  if (!folder.writable) {
    list.problem(
      `The data directory ${directory} is not writable`,
      `kubesmith.dataDirectory: give a folder that the backend’s user owns, or: install -d -m 700 -o USER ${directory}`,
    );
    return;
  }
  if (folder.path === directory) {
    const { mode } = await stat(directory);
    if (mode % 0o100 !== 0)
      list.warning(
        `Others than the backend’s user may look into the data directory ${directory}`,
        `chmod 700 ${directory}`,
      );
  }
  const { bavail, bsize } = await statfs(folder.path);
  const free = bavail * bsize;
  const text = `The data directory ${directory} is writable, ${gib(
    free,
  )} are free`;
  const remedy = `free space below ${directory}, or move kubesmith.dataDirectory`;
  if (free < SPACE_PROBLEM) list.problem(text, remedy);
  else if (free < SPACE_WARNING) list.warning(text, remedy);
  else list.ok(text);
}

/** What a program prints, or undefined after a problem has been noted. */
async function output(
  list: Checklist,
  argv: string[],
  missing: string,
): Promise<string | undefined> {
  try {
    const { code, stdout, stderr } = await runShort(argv, {
      env: toolEnvironment({ HOME: tmpdir(), CHECKPOINT_DISABLE: '1' }),
      timeoutMs: TIMEOUT_MS,
    });
    if (code === 0) return stdout || stderr;
    list.problem(`"${argv.join(' ')}" ended with ${code}`, missing);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    list.problem(
      code === 'ENOENT' ? `There is no program ${argv[0]}` : message,
      missing,
    );
  }
  return undefined;
}

async function checkTerraform(
  list: Checklist,
  { terraform }: ToolsConfig,
): Promise<boolean> {
  const remedy =
    'kubesmith.tools.terraform: give the path of Terraform or OpenTofu, version 1.9 or newer, or put it on PATH';
  const text = await output(list, [terraform, 'version'], remedy);
  if (text === undefined) return false;
  const [, name, version] = /^(\w+) v(\d+\.\d+\.\d+)/.exec(text) ?? [];
  if (version === undefined || !isAtLeast(version, [1, 9])) {
    list.problem(
      `${terraform} is ${version ?? 'of an unknown version'}; 1.9 is needed`,
      remedy,
    );
    return false;
  }
  list.ok(`${name} ${version}`);
  return true;
}

/** Runs `init` in a folder of its own, which is removed. */
async function checkProvider(
  list: Checklist,
  { terraform, terraformCliConfigFile, terraformRoot }: ToolsConfig,
): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'kubesmith-preflight-'));
  try {
    const runtime = new TerraformRuntime({
      program: terraform,
      root: terraformRoot,
      dataDirectory: scratch,
      // As the engine does.
      cliConfigFile: terraformCliConfigFile ?? process.env.TF_CLI_CONFIG_FILE,
    });
    await runtime.directory();
    list.ok('The Proxmox provider can be obtained (terraform init)');
  } catch (error) {
    list.problem(
      `The Proxmox provider cannot be obtained: ${(error as Error).message}`,
      'let this machine reach the provider registry (HTTPS_PROXY), or name a mirror in kubesmith.tools.terraformCliConfigFile',
    );
  } finally {
    // The copy of the module is read-only.
    await runShort(['chmod', '-R', 'u+w', scratch], {
      env: toolEnvironment({}),
      timeoutMs: TIMEOUT_MS,
    });
    await rm(scratch, { recursive: true, force: true });
  }
}

async function checkAnsible(
  list: Checklist,
  { ansiblePlaybook }: ToolsConfig,
): Promise<void> {
  const remedy =
    'kubesmith.tools.ansiblePlaybook: give the path of ansible-playbook of ansible-core 2.18 or newer, or put it on PATH';
  const text = await output(list, [ansiblePlaybook, '--version'], remedy);
  if (text === undefined) return;
  const version = /\[core (\d+\.\d+\.\d+)/.exec(text)?.[1];
  if (version !== undefined && isAtLeast(version, [2, 18]))
    list.ok(`ansible-core ${version}`);
  else
    list.problem(
      `${ansiblePlaybook} is ${
        version ? `ansible-core ${version}` : 'of an unknown version'
      }; 2.18 is needed`,
      remedy,
    );
}

async function checkSsh(list: Checklist): Promise<void> {
  const version = await output(
    list,
    ['ssh', '-V'],
    'install the OpenSSH client (apt install openssh-client)',
  );
  if (version !== undefined) list.ok(version.trim().split(',')[0]);
}

function isAtLeast(version: string, [major, minor]: [number, number]): boolean {
  const [ownMajor, ownMinor] = version.split('.').map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}
