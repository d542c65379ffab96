import type { AuditEntry } from './records';

const COLUMNS = [
  'seq',
  'time',
  'actor',
  'via',
  'source',
  'action',
  'outcome',
  'code',
  'environment',
  'clusterId',
  'detail',
  'hash',
] as const;

/** Entries as CSV (RFC 4180) with a header line; times as ISO 8601 in UTC. */
export function toCsv(entries: AuditEntry[]): string {
  const rows = entries.map(entry => {
    const cells = {
      ...entry,
      time: new Date(entry.time).toISOString(),
      detail: JSON.stringify(entry.detail),
    };
    return COLUMNS.map(column => cell(String(cells[column] ?? '')));
  });
  return [COLUMNS, ...rows].map(row => `${row.join(',')}\r\n`).join('');
}

function cell(value: string): string {
  // A spreadsheet would run a text that begins like a formula.
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless)
    ? `"${harmless.replace(/"/g, '""')}"`
    : harmless;
}
