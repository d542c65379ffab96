import { Text } from '@backstage/ui';
import type { CalendarTimetable } from '@kubesmith/plugin-kubesmith-common';
import { formatInZone } from '../../format/time';

/** What is known of a timetable that came from a calendar file. */
export const CalendarText = ({ calendar }: { calendar: CalendarTimetable }) => {
  const { goesOn, knownUntil, timeZone, times } = calendar;
  const end = formatInZone(Date.parse(knownUntil), timeZone);
  return (
    <>
      <Text weight="bold">
        Awake during the events of a calendar file ({timeZone}), asleep
        otherwise.
      </Text>
      <Text>
        {times === 0
          ? `The last event was over on ${end}. Choose a new file, or another timetable.`
          : `${
              times === 1 ? 'Once' : `${times} times`
            } until ${end}; after that it stays asleep${
              goesOn
                ? '. The calendar goes on: choose the file again before then.'
                : '.'
            }`}
      </Text>
    </>
  );
};
