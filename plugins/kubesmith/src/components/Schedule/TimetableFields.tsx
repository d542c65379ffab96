import { Flex, Radio, RadioGroup, Skeleton, Text } from '@backstage/ui';
import { timetableText } from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useRef } from 'react';
import { FormError } from '../FormError';
import { CalendarFields } from './CalendarFields';
import { CalendarText } from './CalendarText';
import { ChangesList } from './ChangesList';
import { CronFields } from './CronFields';
import { TimeZoneField } from './TimeZoneField';
import { WeeklyFields } from './WeeklyFields';
import {
  draftProblems,
  timetableOf,
  wishOf,
  type TimetableDraft,
} from './timetableDraft';
import { type PreviewState, useSchedulePreview } from './useSchedulePreview';

const Preview = ({
  draft,
  error,
  preview,
}: PreviewState & { draft: TimetableDraft }) => {
  const timetable = timetableOf(draft);
  if (!wishOf(draft)) return null;
  const isWorking = !preview && !error;
  const next = preview?.next ?? [];
  return (
    <>
      {/* One region: what the portal says while somebody types elsewhere is read out when it is there. */}
      <div
        role="status"
        aria-busy={isWorking}
        aria-label="What the timetable would do"
      >
        {isWorking && <Skeleton height={80} />}
        {preview && preview.problems.length === 0 && (
          <Flex direction="column" gap="1">
            {timetable && <Text weight="bold">{timetableText(timetable)}</Text>}
            {preview.calendar && <CalendarText calendar={preview.calendar} />}
            <Text>
              {next.length > 0 ? 'What comes next:' : 'Nothing comes next.'}
            </Text>
            <ChangesList
              label="What comes next"
              changes={next}
              timeZone={draft.timeZone}
            />
          </Flex>
        )}
      </div>
      <FormError
        title="It could not be found out what would happen"
        error={error}
      />
    </>
  );
};

/** Asks for a timetable, in the way that is simplest for it, and shows what it would do. */
export const TimetableFields = (props: {
  draft: TimetableDraft;
  isReadOnly?: boolean;
  /** Whether a file may be chosen; only one cluster can have that. */
  withCalendar?: boolean;
  onChange: (draft: TimetableDraft) => void;
}) => {
  const { draft, isReadOnly, onChange, withCalendar } = props;
  const state = useSchedulePreview(wishOf(draft));
  const found = state.preview?.problems.map(({ field, message, remedy }) => [
    field,
    `${message} ${remedy}`,
  ]);
  const problems: Partial<Record<string, string>> = {
    ...draftProblems(draft),
    ...Object.fromEntries(found ?? []),
  };
  const change = (changed: Partial<TimetableDraft>) =>
    onChange({ ...draft, ...changed });
  const changeRef = useRef(change);
  changeRef.current = change;
  const changeZone = useCallback(
    (timeZone: string) => changeRef.current({ timeZone }),
    [],
  );
  const fields = { draft, isReadOnly, problems, onChange: change };

  return (
    <Flex direction="column" gap="4">
      <RadioGroup
        label="Timetable"
        orientation="horizontal"
        isReadOnly={isReadOnly}
        value={draft.way}
        onChange={way => change({ way: way as TimetableDraft['way'] })}
      >
        <Radio value="weekly">Hours of the week</Radio>
        <Radio value="cron">Cron patterns (advanced)</Radio>
        {withCalendar && <Radio value="calendar">Calendar file</Radio>}
      </RadioGroup>
      {draft.way === 'weekly' && <WeeklyFields {...fields} />}
      {draft.way === 'cron' && <CronFields {...fields} />}
      {draft.way === 'calendar' && <CalendarFields {...fields} />}
      <TimeZoneField
        value={draft.timeZone}
        problem={problems.timeZone}
        isReadOnly={isReadOnly}
        onChange={changeZone}
      />
      <Preview draft={draft} {...state} />
    </Flex>
  );
};
