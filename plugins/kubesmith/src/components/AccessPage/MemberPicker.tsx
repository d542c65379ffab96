import { ButtonIcon, Combobox, Flex, Text } from '@backstage/ui';
import type { PolicyProblem } from '@kubesmith/plugin-kubesmith-common';
import { RiCloseLine } from '@remixicon/react';
import { useState } from 'react';
import { useCatalogSearch } from '../EntityPicker';
import styles from './AccessPage.module.css';
import type { Names } from './describeRule';
import { Problems } from './Problems';
import { specialMembers } from './usePolicyNames';

/** Picks users and groups of the catalog by name. */
export const MemberPicker = (props: {
  label: string;
  description?: string;
  /** Refs, or the words that stand for many. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  kinds?: readonly ('user' | 'group')[];
  /** Whether the words that stand for many may be chosen. */
  withSpecial?: boolean;
  names: Names;
  problems?: readonly PolicyProblem[];
}) => {
  const {
    label,
    description,
    value,
    onChange,
    kinds = ['user', 'group'],
    withSpecial,
    names,
    problems = [],
  } = props;
  const [term, setTerm] = useState('');
  const [added, setAdded] = useState(0);
  const { found, error } = useCatalogSearch(term, kinds);
  const special = withSpecial
    ? Object.entries(specialMembers).map(([id, text]) => ({ id, label: text }))
    : [];
  const options = [
    ...special.filter(each =>
      each.label.toLocaleLowerCase().includes(term.toLocaleLowerCase()),
    ),
    ...found,
  ].filter(({ id }) => !value.includes(id));

  return (
    <Flex direction="column" gap="2">
      <Combobox
        // A text that is emptied opens the list again; a new field does not.
        key={added}
        // eslint-disable-next-line jsx-a11y/no-autofocus -- it stands in for the field that was in use
        autoFocus={added > 0}
        label={label}
        description={description}
        placeholder="Type a name"
        size="medium"
        options={options}
        search={{ mode: 'server', inputValue: term, onInputChange: setTerm }}
        menuTrigger="input"
        selectedKey={null}
        onSelectionChange={key => {
          if (key !== null) {
            onChange([...value, String(key)]);
            setTerm('');
            setAdded(added + 1);
          }
        }}
        allowsEmptyCollection
      />
      {error && (
        <Text color="danger" variant="body-small" role="alert">
          The catalog could not be searched: {error.message}
        </Text>
      )}
      <ul className={styles.members} aria-label={`${label}: chosen`}>
        {value.map(ref => (
          <li key={ref} className={styles.member} title={ref}>
            <Text>{names.entity(ref)}</Text>
            <ButtonIcon
              aria-label={`Remove ${names.entity(ref)}`}
              icon={<RiCloseLine aria-hidden />}
              size="small"
              variant="tertiary"
              onPress={() => onChange(value.filter(each => each !== ref))}
            />
          </li>
        ))}
      </ul>
      <Problems of={problems} />
    </Flex>
  );
};
