import type { ScheduleChange } from '@kubesmith/plugin-kubesmith-common';
import { formatInZone } from '../../format/time';
import styles from './Schedule.module.css';

const texts: Record<ScheduleChange['kind'], string> = {
  hibernate: 'goes to sleep',
  wake: 'wakes',
};

/** What a timetable does next, in the time of its zone. */
export const ChangesList = (props: {
  label: string;
  changes: readonly ScheduleChange[];
  timeZone: string;
}) => (
  <ul className={styles.list} aria-label={props.label}>
    {props.changes.map(({ at, kind }) => (
      <li key={`${kind} ${at}`}>
        <time dateTime={at}>
          {formatInZone(Date.parse(at), props.timeZone)}
        </time>
        : {texts[kind]}
      </li>
    ))}
  </ul>
);
