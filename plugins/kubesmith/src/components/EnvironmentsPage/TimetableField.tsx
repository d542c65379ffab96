import { Checkbox, Flex, Text } from '@backstage/ui';
import styles from './EnvironmentsPage.module.css';
import { newDraft, TimetableFields, type TimetableDraft } from '../Schedule';

/** A timetable, or none. */
export const TimetableField = (props: {
  label: string;
  value: TimetableDraft | undefined;
  problem?: string;
  isReadOnly: boolean;
  onChange: (value: TimetableDraft | undefined) => void;
}) => {
  const { label, value, problem, isReadOnly, onChange } = props;
  return (
    <Flex direction="column" gap="3" className={styles.wide}>
      <Checkbox
        isReadOnly={isReadOnly}
        isSelected={value !== undefined}
        onChange={isWanted => onChange(isWanted ? newDraft() : undefined)}
      >
        {label}
      </Checkbox>
      {value && (
        <TimetableFields
          draft={value}
          isReadOnly={isReadOnly}
          onChange={onChange}
        />
      )}
      {problem && (
        <Text color="danger" variant="body-small" role="status">
          {problem}
        </Text>
      )}
    </Flex>
  );
};
