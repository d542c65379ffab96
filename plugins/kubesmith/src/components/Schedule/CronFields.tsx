import { Flex, TextField } from '@backstage/ui';
import type { TimetableDraft } from './timetableDraft';

const EXAMPLE = 'Minute, hour, day of the month, month, day of the week';

/** When a cluster goes to sleep and wakes, as cron patterns. */
export const CronFields = (props: {
  draft: TimetableDraft;
  problems: Partial<Record<string, string>>;
  isReadOnly?: boolean;
  onChange: (change: Partial<TimetableDraft>) => void;
}) => {
  const { draft, problems, isReadOnly, onChange } = props;
  const field = (name: 'sleep' | 'wake', label: string, text: string) => (
    <TextField
      label={label}
      description={text}
      isReadOnly={isReadOnly}
      validationBehavior="aria"
      validate={() => problems[name] ?? null}
      maxLength={100}
      value={draft[name]}
      onChange={value => onChange({ [name]: value })}
    />
  );
  return (
    <Flex direction="column" gap="3">
      {field('sleep', 'Goes to sleep at', `${EXAMPLE}, such as 0 20 * * 1-5.`)}
      {field(
        'wake',
        'Wakes at',
        'The same. Without it, it sleeps until somebody wakes it.',
      )}
    </Flex>
  );
};
