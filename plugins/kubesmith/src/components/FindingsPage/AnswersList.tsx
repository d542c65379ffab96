import { Text } from '@backstage/ui';
import type { Findings } from '@kubesmith/plugin-kubesmith-common';
import type { Tone } from '../../format/phase';
import { ToneIcon } from '../PhaseBadge';
import styles from './FindingsPage.module.css';

type Answer = Findings['environments'][number];

function textOf({ answered, lookedAt, problem }: Answer): string {
  if (!lookedAt) return 'nobody looked yet';
  if (!answered)
    return `Proxmox did not answer, so nothing is known. ${problem}`;
  return problem ?? 'Proxmox answered';
}

function toneOf({ answered, lookedAt, problem }: Answer): Tone {
  if (!lookedAt) return 'neutral';
  return answered && !problem ? 'success' : 'warning';
}

/** Whether Proxmox answered for each environment when the portal last looked. */
export const AnswersList = ({ answers }: { answers: Answer[] }) => (
  <ul className={styles.answers} aria-label="Whether Proxmox answered">
    {answers.map(answer => (
      <li key={answer.name}>
        <ToneIcon tone={toneOf(answer)} />
        <Text className={styles.wrapped}>
          {answer.title}: {textOf(answer)}
        </Text>
      </li>
    ))}
  </ul>
);
