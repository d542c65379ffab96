import { plainText } from '../process/lines';

const MAX_FACTS = 32;
const MAX_FACT = 128;

/** What our callback plugin reports (`ansible/callback_plugins/kubesmith_ndjson.py`). */
export type AnsibleEvent =
  | { type: 'play'; play: string }
  | { type: 'task'; task: string; index: number; total: number }
  | {
      type: 'host';
      task: string;
      host: string;
      status: 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable';
      ms: number;
      message?: string;
      /** What a module of ours tells people. */
      report?: Record<string, string | number>;
    }
  | { type: 'stats' };

const STATUSES = ['ok', 'changed', 'failed', 'skipped', 'unreachable'] as const;

/** One line of the file; undefined for anything that is not an event of ours. The texts come from nodes: data only. */
export function parseAnsibleLine(line: string): AnsibleEvent | undefined {
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
  if (typeof record !== 'object' || record === null || record.v !== 1)
    return undefined;
  const text = (name: string) =>
    typeof record[name] === 'string' ? (record[name] as string) : '';
  const number = (name: string) =>
    typeof record[name] === 'number' ? (record[name] as number) : 0;
  switch (record.event) {
    case 'play':
      return { type: 'play', play: text('play') };
    case 'task':
      return {
        type: 'task',
        task: text('task'),
        index: number('index'),
        total: number('total'),
      };
    case 'host': {
      const status = STATUSES.find(known => known === record.status);
      if (!status) return undefined;
      return {
        type: 'host',
        task: text('task'),
        host: text('host'),
        status,
        ms: number('ms'),
        message: text('message') || undefined,
        report: reportOf(record.report),
      };
    }
    case 'stats':
      return { type: 'stats' };
    default:
      return undefined;
  }
}

/** Facts from a node, by name; nothing but texts and numbers, and not many. */
function reportOf(value: unknown): Record<string, string | number> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return undefined;
  const facts = Object.entries(value)
    .filter(([, fact]) => ['string', 'number'].includes(typeof fact))
    .slice(0, MAX_FACTS)
    .map(([name, fact]) => [
      plainText(name, MAX_FACT),
      typeof fact === 'string' ? plainText(fact, MAX_FACT) : fact,
    ]);
  return facts.length > 0 ? Object.fromEntries(facts) : undefined;
}
