import { checkedNodeName } from '../nodeNames';

/** What `terraform apply -json` reports, as far as we use it. `node` is a key of the module's `nodes`. */
export type TerraformEvent =
  | {
      type: 'summary';
      add: number;
      change: number;
      remove: number;
      import: number;
    }
  | { type: 'planned'; node: string; action: string }
  | {
      type: 'start' | 'progress' | 'complete' | 'errored';
      node: string;
      action: string;
      seconds: number;
    }
  | {
      type: 'diagnostic';
      severity: 'error' | 'warning';
      summary: string;
      detail: string;
      node?: string;
    };

const RESOURCE = 'proxmox_virtual_environment_vm';
const ADDRESS = /^proxmox_virtual_environment_vm\.node\["([a-z0-9-]{1,63})"\]$/;
const HOOKS = {
  apply_start: 'start',
  apply_progress: 'progress',
  apply_complete: 'complete',
  apply_errored: 'errored',
} as const;

type Json = Record<string, unknown>;
const asObject = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const asText = (value: unknown): string =>
  typeof value === 'string' ? value : '';

/** The address of a node's machine in the module. */
export function nodeAddress(node: string): string {
  return `${RESOURCE}.node["${checkedNodeName(node)}"]`;
}

/** One line of the stream; undefined for what we have no use for, and for what is not JSON (a provider that crashed). */
export function parseTerraformLine(line: string): TerraformEvent | undefined {
  if (!line.startsWith('{')) return undefined;
  let message: Json;
  try {
    message = asObject(JSON.parse(line));
  } catch {
    return undefined;
  }
  const type = asText(message.type);
  if (type === 'change_summary') {
    const changes = asObject(message.changes);
    if (changes.operation !== 'plan' && changes.operation !== undefined)
      return undefined;
    const count = (name: string) => Number(changes[name] ?? 0);
    return {
      type: 'summary',
      add: count('add'),
      change: count('change'),
      remove: count('remove'),
      import: count('import'),
    };
  }
  if (type === 'planned_change') {
    const change = asObject(message.change);
    const node = nodeOf(asObject(change.resource));
    return node
      ? { type: 'planned', node, action: asText(change.action) }
      : undefined;
  }
  if (type === 'diagnostic') {
    const diagnostic = asObject(message.diagnostic);
    return {
      type: 'diagnostic',
      severity: diagnostic.severity === 'warning' ? 'warning' : 'error',
      summary: asText(diagnostic.summary),
      detail: asText(diagnostic.detail),
      node: ADDRESS.exec(asText(diagnostic.address))?.[1],
    };
  }
  if (type in HOOKS) {
    const hook = asObject(message.hook);
    const node = nodeOf(asObject(hook.resource));
    if (!node) return undefined;
    return {
      type: HOOKS[type as keyof typeof HOOKS],
      node,
      action: asText(hook.action),
      seconds: Number(hook.elapsed_seconds ?? 0),
    };
  }
  return undefined;
}

function nodeOf(resource: Json): string | undefined {
  if (resource.resource_type !== RESOURCE) return undefined;
  return (
    asText(resource.resource_key) || ADDRESS.exec(asText(resource.addr))?.[1]
  );
}
