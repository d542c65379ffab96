import { readFile, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A machine as the state knows it. */
export interface StateMachine {
  node: string;
  vmid: number;
  host: string;
  /** Terraform would remove it and make it again: something failed after it was cloned. */
  tainted: boolean;
}

/** What is in a state file. */
export interface TerraformState {
  serial: number;
  /** Changes only when a state is begun anew. */
  lineage?: string;
  machines: StateMachine[];
}

/** What a state may be about. */
export interface ExpectedState {
  /** The cluster's machines as they are recorded. */
  nodes: { name: string; vmid: number }[];
  /** The lineage of the last state that was kept, if one was. */
  lineage?: string;
}

/** A state file that is not to be believed, and the name that it has now. */
export interface PutAside {
  path: string;
  /** Completes the sentence "The state …". */
  reason: string;
}

type RawState = {
  serial?: number;
  lineage?: unknown;
  resources?: {
    mode?: string;
    type?: string;
    name?: string;
    instances?: {
      index_key?: unknown;
      status?: unknown;
      attributes?: { vm_id?: unknown; node_name?: unknown };
    }[];
  }[];
};

const EMPTY: TerraformState = { serial: 0, machines: [] };

/**
 * Reads a state file. A file that is missing has no machines. One that is broken (a full disk truncates it), or that is about
 * machines which are not the cluster's, is put aside and counts as missing: Terraform would remove what its variables do not
 * name, and what exists is proven and imported anyway.
 */
export async function readState(
  path: string,
  expected?: ExpectedState,
): Promise<{ state: TerraformState; putAside?: PutAside }> {
  const text = await readFile(path, 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );
  if (text === undefined) return { state: EMPTY };
  const state = parseState(text);
  if (!state) {
    return {
      state: EMPTY,
      putAside: await putAside(path, {
        label: 'broken',
        reason: text.trim() === '' ? 'was empty' : 'was not readable',
      }),
    };
  }
  const reason = expected && contradiction(state, expected);
  if (!reason) return { state };
  return {
    state: EMPTY,
    putAside: await putAside(path, { label: 'of-another-lineage', reason }),
  };
}

/** The content of a state file; undefined when it is broken. */
export function parseState(text: string): TerraformState | undefined {
  let raw: RawState;
  try {
    raw = JSON.parse(text) as RawState;
  } catch {
    return undefined;
  }
  if (typeof raw?.serial !== 'number') return undefined;
  const machines = (raw.resources ?? [])
    .filter(
      ({ mode, type, name }) =>
        mode === 'managed' &&
        type === 'proxmox_virtual_environment_vm' &&
        name === 'node',
    )
    .flatMap(({ instances }) => instances ?? [])
    .map(({ index_key: node, status, attributes }) => ({
      node: String(node),
      vmid: Number(attributes?.vm_id),
      host: String(attributes?.node_name),
      tainted: status === 'tainted',
    }));
  return {
    serial: raw.serial,
    ...(typeof raw.lineage === 'string' &&
      raw.lineage && { lineage: raw.lineage }),
    machines,
  };
}

/** Why a state is not about the machines that it may be about; undefined when it is. */
export function contradiction(
  { lineage, machines }: TerraformState,
  expected: ExpectedState,
): string | undefined {
  const stranger = machines.find(
    machine =>
      !expected.nodes.some(
        ({ name, vmid }) => name === machine.node && vmid === machine.vmid,
      ),
  );
  if (stranger)
    return `was about a machine ${stranger.vmid} named ${stranger.node}, which is not the cluster's`;
  if (lineage && expected.lineage && lineage !== expected.lineage)
    return 'was begun by somebody else';
  return undefined;
}

/**
 * Moves a file out of Terraform's sight.
 *
 * @param label - becomes part of the new name, before the time
 * @param folder - where it goes, on the same file system
 */
export async function putAside(
  path: string,
  {
    label,
    reason,
    folder = dirname(path),
  }: { label: string; reason: string; folder?: string },
): Promise<PutAside> {
  const time = new Date().toISOString().replace(/[-:.]/g, '');
  const target = join(folder, `${basename(path)}.${label}-${time}`);
  await rename(path, target);
  return { path: target, reason };
}
