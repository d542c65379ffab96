import { ButtonIcon, Text } from '@backstage/ui';
import { RiCloseLine } from '@remixicon/react';
import styles from './Chips.module.css';

/** Several of something beside each other, each by its name; with a button to take it away, if `onRemove` is there. */
export const Chips = (props: {
  /** What the list is, for those who hear it. */
  label: string;
  /** Ids, such as entity refs: what a name stands for. */
  ids: readonly string[];
  nameOf: (id: string) => string;
  onRemove?: (id: string) => void;
}) => {
  const { label, ids, nameOf, onRemove } = props;
  return (
    <ul className={styles.chips} aria-label={label}>
      {ids.map(id => (
        <li key={id} className={styles.chip} title={id}>
          <Text>{nameOf(id)}</Text>
          {onRemove && (
            <ButtonIcon
              aria-label={`Remove ${nameOf(id)}`}
              icon={<RiCloseLine aria-hidden />}
              size="small"
              variant="tertiary"
              onPress={() => onRemove(id)}
            />
          )}
        </li>
      ))}
    </ul>
  );
};
