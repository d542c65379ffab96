import { Text } from '@backstage/ui';
import styles from './AccessPage.module.css';
import type { RoleChange } from './describeChange';

const kinds = { new: 'new role', changed: 'changed', removed: 'removed' };

/** What is about to be saved, role by role, in words. */
export const RoleChanges = ({
  changes,
}: {
  changes: readonly RoleChange[];
}) => (
  <ul className={styles.plain} aria-label="Changed roles">
    {changes.map(({ title, kind, added, removed }) => (
      <li key={title} className={styles.change}>
        <Text weight="bold">{title}</Text>{' '}
        <Text color="secondary">({kinds[kind]})</Text>
        <ul className={styles.rules}>
          {removed.map(line => (
            <li key={`- ${line}`}>
              <Text color="danger">No longer: {line}</Text>
            </li>
          ))}
          {added.map(line => (
            <li key={`+ ${line}`}>
              <Text color="success">New: {line}</Text>
            </li>
          ))}
        </ul>
      </li>
    ))}
  </ul>
);
