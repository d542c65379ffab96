/** A bound that a value shall keep. */
export type Target = { atMost: number } | { atLeast: number };

/** One figure, as `--json` writes it. */
export interface Figure {
  name: string;
  /** A ratio, unless the note names a unit. */
  value: number;
  /** For people, as `<= 1.5`; null where there is only something to compare with. */
  target: string | null;
  /** null without a target. */
  met: boolean | null;
  /** The least and the greatest value of the rounds. */
  spread: [least: number, greatest: number];
  /** What was measured, what stands in for what, and how far a missed target was missed. */
  note: string;
}

/**
 * Makes a figure of the values of several rounds: their median counts.
 *
 * @param options.values - at least one
 */
export function figure(options: {
  name: string;
  values: number[];
  target?: Target;
  note: string;
  /** Why the target is missed when it is, as far as that is known. */
  why?: string;
}): Figure {
  const { name, values, target, note, why } = options;
  const value = median(values);
  const miss = target && describeMiss(value, target);
  return {
    name,
    value: round(value),
    target: target ? describeTarget(target) : null,
    met: target ? miss === undefined : null,
    spread: [round(Math.min(...values)), round(Math.max(...values))],
    note: (miss === undefined ? [note] : [miss, note, why])
      .filter(Boolean)
      .join(' '),
  };
}

/** The middle one; of an even number, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('There is no median of nothing');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return Number.isInteger(half)
    ? (sorted[half - 1] + sorted[half]) / 2
    : sorted[Math.floor(half)];
}

/** Figures as lines for people. */
export function describeFigure(each: Figure): string {
  const verdict = { true: 'met', false: 'MISSED', null: '' }[String(each.met)];
  const target = each.target
    ? `target ${each.target}: ${verdict}`
    : 'no target';
  return `${each.name}: ${each.value} (${each.spread.join(
    ' to ',
  )}), ${target}\n    ${each.note}`;
}

function describeTarget(target: Target): string {
  return 'atMost' in target ? `<= ${target.atMost}` : `>= ${target.atLeast}`;
}

/** How far a value is from its target; undefined when the target is met. */
function describeMiss(value: number, target: Target): string | undefined {
  const [bound, missed] =
    'atMost' in target
      ? [target.atMost, value > target.atMost]
      : [target.atLeast, value < target.atLeast];
  if (!missed) return undefined;
  const percent = Math.abs((value / bound - 1) * 100);
  return `Missed by ${percent.toFixed(1)} %.`;
}

/** Three figures that mean something, as small values too. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
