import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toolEnvironment } from '../../process/environment';
import { runShort, type ShortResult } from '../../process/runShort';

/**
 * Runs tasks with the installed Ansible for the control plane of an inventory, on this machine instead of a node.
 *
 * @param options.folder - takes inventory and play
 */
export async function playLocally(options: {
  folder: string;
  inventory: Record<string, unknown>;
  tasks: object[];
}): Promise<ShortResult> {
  const { folder, inventory, tasks } = options;
  const play = {
    hosts: 'control_plane',
    gather_facts: false,
    connection: 'local',
    tasks,
  };
  const [inventoryFile, playFile] = ['inventory.json', 'play.yml'].map(name =>
    join(folder, name),
  );
  await writeFile(inventoryFile, JSON.stringify(inventory));
  await writeFile(playFile, JSON.stringify([play]));
  return runShort(['ansible-playbook', '-i', inventoryFile, playFile], {
    env: toolEnvironment({ HOME: folder, ANSIBLE_NOCOLOR: '1' }),
    timeoutMs: 50_000,
  });
}
