/** How a finding is meant: `info` is a fact that may be as wanted, `warning` works but will hurt, `problem` does not work. */
export type Level = 'ok' | 'info' | 'warning' | 'problem';

/** One line of the check-list. */
export interface Finding {
  /** What was looked at, such as `Environment research`. */
  section: string;
  level: Level;
  /** What was found, one sentence. */
  text: string;
  /** What to do: a configuration key and what to write there, or a command. Always there for a problem. */
  remedy?: string;
}

/** Collects findings, section by section. */
export class Checklist {
  readonly findings: Finding[] = [];
  #section = '';

  /** Findings from now on belong here. */
  section(title: string): void {
    this.#section = title;
  }

  ok(text: string): void {
    this.#add('ok', text);
  }

  info(text: string, remedy?: string): void {
    this.#add('info', text, remedy);
  }

  warning(text: string, remedy: string): void {
    this.#add('warning', text, remedy);
  }

  problem(text: string, remedy: string): void {
    this.#add('problem', text, remedy);
  }

  count(level: Level): number {
    return this.findings.filter(finding => finding.level === level).length;
  }

  #add(level: Level, text: string, remedy?: string): void {
    this.findings.push({
      section: this.#section,
      level,
      text,
      ...(remedy === undefined ? {} : { remedy }),
    });
  }
}

const WIDTH = 'problem'.length;

/** The list for people: a line for each finding, its remedy below, the sum at the end. */
export function describeChecklist(list: Checklist): string {
  const lines: string[] = [];
  let section: string | undefined;
  for (const finding of list.findings) {
    if (finding.section !== section) {
      if (section !== undefined) lines.push('');
      ({ section } = finding);
      lines.push(section);
    }
    lines.push(`  ${finding.level.padEnd(WIDTH)}  ${finding.text}`);
    if (finding.remedy !== undefined) {
      const indent = ' '.repeat(WIDTH + 4);
      lines.push(
        ...finding.remedy
          .split('\n')
          .map(
            (line, index) => `${indent}${index === 0 ? '-> ' : '   '}${line}`,
          ),
      );
    }
  }
  const problems = list.count('problem');
  const warnings = list.count('warning');
  lines.push(
    '',
    problems === 0
      ? `Ready: no problems, ${counted(warnings, 'warning')}.`
      : `Not ready: ${counted(problems, 'problem')}, ${counted(
          warnings,
          'warning',
        )}.`,
  );
  return lines.join('\n');
}

/** `1 host`, `2 hosts`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
