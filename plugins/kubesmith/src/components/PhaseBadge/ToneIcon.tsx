import {
  RiAlertFill,
  RiCheckboxCircleFill,
  RiCloseCircleFill,
  RiLoader4Line,
  RiSubtractLine,
} from '@remixicon/react';
import type { Tone } from '../../format/phase';
import styles from './ToneIcon.module.css';

const icons: Record<Tone, typeof RiAlertFill> = {
  neutral: RiSubtractLine,
  busy: RiLoader4Line,
  success: RiCheckboxCircleFill,
  warning: RiAlertFill,
  danger: RiCloseCircleFill,
};

/** An icon in the colour of a state; always beside a word, so hidden from screen readers. */
export const ToneIcon = ({ tone }: { tone: Tone }) => {
  const Icon = icons[tone];
  return <Icon aria-hidden size={16} className={styles[tone]} />;
};
