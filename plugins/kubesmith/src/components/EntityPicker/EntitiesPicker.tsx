import { Combobox, Flex, Text } from '@backstage/ui';
import { type ReactNode, useState } from 'react';
import { Chips } from '../Chips';
import { useCatalogSearch } from './useCatalogSearch';

/** Picks users and groups of the catalog by name. */
export const EntitiesPicker = (props: {
  label: string;
  description?: string;
  /** Refs, or the words that stand for many. */
  value: readonly string[];
  onChange: (value: string[]) => void;
  kinds?: readonly ('user' | 'group')[];
  /** Words that stand for many and can be chosen too, with what they mean. */
  special?: Readonly<Record<string, string>>;
  /** What one that is chosen is called. */
  nameOf: (ref: string) => string;
  isReadOnly?: boolean;
  /** Below the field, such as what is wrong with it. */
  children?: ReactNode;
}) => {
  const {
    label,
    description,
    value,
    onChange,
    kinds = ['user', 'group'],
    special = {},
    nameOf,
    isReadOnly,
  } = props;
  const [term, setTerm] = useState('');
  const [added, setAdded] = useState(0);
  const { found, error } = useCatalogSearch(term, kinds);
  const options = [
    ...Object.entries(special)
      .map(([id, text]) => ({ id, label: text }))
      .filter(each =>
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
        isReadOnly={isReadOnly}
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
      <Chips
        label={`${label}: chosen`}
        ids={value}
        nameOf={nameOf}
        onRemove={
          isReadOnly
            ? undefined
            : ref => onChange(value.filter(each => each !== ref))
        }
      />
      {props.children}
    </Flex>
  );
};
