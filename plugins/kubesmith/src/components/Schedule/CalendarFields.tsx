import { Flex, Text } from '@backstage/ui';
import { useId, useState } from 'react';
import { ChooseFile } from '../ChooseFile';
import { onlyTimes } from './onlyTimes';
import type { TimetableDraft } from './timetableDraft';

/** The API's limit for the text, and what a browser should read for it at most. */
const MAX_LENGTH = 65_536;
const MAX_BYTES = 4 * 1024 * 1024;

async function textOf(file: File): Promise<string> {
  if (file.size > MAX_BYTES)
    throw new Error(
      'it has more than 4 MiB. Export only the events that count.',
    );
  const ics = onlyTimes(await file.text());
  if (ics.length > MAX_LENGTH)
    throw new Error('it has too many events. Export only those that count.');
  return ics;
}

/** Takes an iCalendar file; what its events are about never leaves the browser. */
export const CalendarFields = (props: {
  draft: TimetableDraft;
  problems: Partial<Record<string, string>>;
  isReadOnly?: boolean;
  onChange: (change: Partial<TimetableDraft>) => void;
}) => {
  const { draft, isReadOnly, onChange, problems } = props;
  const [unreadable, setUnreadable] = useState<string>();
  const helpId = useId();
  const { file } = draft;
  const problem = unreadable ?? (file && problems.calendar);

  const read = async (chosen: File) => {
    try {
      const ics = await textOf(chosen);
      setUnreadable(undefined);
      onChange({ file: { name: chosen.name, ics } });
    } catch (error) {
      setUnreadable(
        `'${chosen.name}' was not taken: ${
          error instanceof Error ? error.message : String(error)
        }`,
      );
    }
  };

  return (
    <Flex direction="column" gap="2">
      <Flex align="center" gap="3">
        <ChooseFile
          label="Calendar file"
          accept=".ics,text/calendar"
          isDisabled={isReadOnly}
          describedBy={helpId}
          onChoose={read}
        >
          {file ? 'Choose another file' : 'Choose a file'}
        </ChooseFile>
        <Text>{file?.name ?? 'None yet'}</Text>
      </Flex>
      <Text id={helpId} color="secondary" variant="body-small">
        An iCalendar file (.ics), as calendar programs export it: the cluster is
        awake during its events. Only their times are sent to the portal.
      </Text>
      {problem && (
        <Text color="danger" variant="body-small" role="alert">
          {problem}
        </Text>
      )}
    </Flex>
  );
};
