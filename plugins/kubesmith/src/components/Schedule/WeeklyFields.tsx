import { Checkbox, CheckboxGroup, Flex, TextField } from '@backstage/ui';
import { WEEK_DAYS } from '@kubesmith/plugin-kubesmith-common';
import styles from './Schedule.module.css';
import type { TimetableDraft } from './timetableDraft';

/** On which days of the week a cluster is awake, and from when to when. */
export const WeeklyFields = (props: {
  draft: TimetableDraft;
  problems: Partial<Record<keyof TimetableDraft, string>>;
  isReadOnly?: boolean;
  onChange: (change: Partial<TimetableDraft>) => void;
}) => {
  const { draft, problems, isReadOnly, onChange } = props;
  const time = (name: 'from' | 'to', label: string) => (
    <TextField
      label={label}
      placeholder="07:00"
      isReadOnly={isReadOnly}
      validationBehavior="aria"
      validate={() => problems[name] ?? null}
      value={draft[name]}
      onChange={value => onChange({ [name]: value })}
    />
  );
  return (
    <Flex direction="column" gap="3">
      <CheckboxGroup
        label="Awake on"
        isReadOnly={isReadOnly}
        isInvalid={problems.days !== undefined}
        validationBehavior="aria"
        validate={() => problems.days ?? null}
        value={draft.days.map(String)}
        onChange={days => onChange({ days: days.map(Number) })}
      >
        <div className={styles.days}>
          {WEEK_DAYS.map(({ day, name }) => (
            <Checkbox key={day} value={String(day)}>
              {name}
            </Checkbox>
          ))}
        </div>
      </CheckboxGroup>
      <Flex gap="3">
        {time('from', 'From')}
        {time('to', 'To')}
      </Flex>
    </Flex>
  );
};
