import { Text } from '@backstage/ui';
import { diffLines } from 'diff';
import { useMemo } from 'react';
import styles from './LineDiff.module.css';

/** Unchanged lines that are shown around a change. */
const AROUND = 3;

type Line = { kind: 'same' | 'added' | 'removed' | 'gap'; text: string };

function kindOf(change: { added?: boolean; removed?: boolean }): Line['kind'] {
  if (change.added) {
    return 'added';
  }
  return change.removed ? 'removed' : 'same';
}

function linesOf(before: string, after: string): Line[] {
  return diffLines(before, after).flatMap(change =>
    change.value
      .replace(/\n$/, '')
      .split('\n')
      .map(text => ({ kind: kindOf(change), text })),
  );
}

/** Leaves out what is far from every change. */
function shorten(lines: Line[]): Line[] {
  const isNear = lines.map((_, index) =>
    lines
      .slice(Math.max(0, index - AROUND), index + AROUND + 1)
      .some(({ kind }) => kind !== 'same'),
  );
  return lines.flatMap((line, index) => {
    if (isNear[index]) {
      return [line];
    }
    return index === 0 || isNear[index - 1]
      ? [{ kind: 'gap' as const, text: '…' }]
      : [];
  });
}

const marks = { same: ' ', added: '+', removed: '−', gap: ' ' };
const spoken = { same: '', added: 'Added: ', removed: 'Removed: ', gap: '' };

/** What differs between two texts, line by line. */
export const LineDiff = (props: {
  before: string;
  after: string;
  label: string;
}) => {
  const { before, after, label } = props;
  const lines = useMemo(
    () => (before === after ? [] : shorten(linesOf(before, after))),
    [before, after],
  );
  if (lines.length === 0) {
    return <Text color="secondary">No line differs.</Text>;
  }
  return (
    <ol className={styles.lines} aria-label={label}>
      {lines.map(({ kind, text }, index) => (
        <li key={index} className={styles[kind]}>
          <span aria-hidden>{marks[kind]} </span>
          <span className={styles.spoken}>{spoken[kind]}</span>
          {text}
        </li>
      ))}
    </ol>
  );
};
