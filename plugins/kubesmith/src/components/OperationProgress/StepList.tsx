import { Flex, Text } from '@backstage/ui';
import type { OperationStep } from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';
import { formatDuration } from '../../format/time';
import { ToneIcon } from '../PhaseBadge';
import {
  shownStatus,
  stepStatusTexts,
  type ShownStatus,
} from './operationTexts';
import styles from './StepList.module.css';

const tones: Record<ShownStatus, Tone> = {
  pending: 'neutral',
  running: 'busy',
  waiting: 'warning',
  succeeded: 'success',
  failed: 'danger',
  skipped: 'neutral',
  stopped: 'warning',
};

function timeText(
  step: OperationStep,
  status: ShownStatus,
  now: number,
): string | undefined {
  const typical =
    // “Usually 0 s” tells nobody anything.
    step.typicalSeconds === undefined || step.typicalSeconds < 1
      ? undefined
      : `usually ${formatDuration(step.typicalSeconds * 1000)}`;
  if (!step.startedAt) {
    return step.status === 'pending' ? typical : undefined;
  }
  const end = step.finishedAt ? Date.parse(step.finishedAt) : now;
  const elapsed = formatDuration(end - Date.parse(step.startedAt));
  return status === 'running' && typical ? `${elapsed}, ${typical}` : elapsed;
}

/** How far a running step is, in percent: what it says itself, else its time against the usual time. */
function percentOf(step: OperationStep, now: number): number | undefined {
  if (step.progress?.percent !== undefined) {
    return step.progress.percent;
  }
  if (!step.startedAt || !step.typicalSeconds) {
    return undefined;
  }
  const elapsed = (now - Date.parse(step.startedAt)) / 1000;
  // It is an estimate: it never claims to be done.
  return Math.min(95, Math.max(0, (elapsed / step.typicalSeconds) * 100));
}

const StepBar = ({ step, now }: { step: OperationStep; now: number }) => {
  const percent = percentOf(step, now);
  return (
    <progress
      className={styles.bar}
      aria-label={step.title}
      max={100}
      value={percent === undefined ? undefined : Math.round(percent)}
    />
  );
};

/** The steps of an operation in their order. */
export const StepList = (props: {
  steps: readonly OperationStep[];
  /** ms since the epoch, for the time of what still runs; the end of the operation when it is over. */
  now: number;
  /** The operation is over: what the record says to run has been stopped. */
  isOver: boolean;
}) => (
  <ol className={styles.list} aria-label="Steps">
    {props.steps.map(step => {
      const status = shownStatus(step, props.isOver);
      const isRunning = status === 'running';
      const { progress, failure } = step;
      return (
        <li
          key={step.name}
          className={styles.step}
          aria-current={isRunning ? 'step' : undefined}
        >
          <span className={styles.icon}>
            <ToneIcon tone={tones[status]} />
          </span>
          <div className={styles.text}>
            <Flex justify="between" gap="3">
              <Text weight={isRunning ? 'bold' : 'regular'}>
                {step.title}
                <Text as="span" color="secondary">
                  {' '}
                  – {stepStatusTexts[status]}
                  {step.attempt > 1 && `, attempt ${step.attempt}`}
                </Text>
              </Text>
              <Text color="secondary" className={styles.time}>
                {timeText(step, status, props.now)}
              </Text>
            </Flex>
            {isRunning && <StepBar step={step} now={props.now} />}
            {(isRunning || status === 'waiting') && progress && (
              <Text color="secondary">
                {progress.node
                  ? `${progress.node}: ${progress.message}`
                  : progress.message}
              </Text>
            )}
            {failure && (
              <Text color="danger">
                {failure.message} ({failure.code})
              </Text>
            )}
          </div>
        </li>
      );
    })}
  </ol>
);
