import { Combobox, Text } from '@backstage/ui';
import { useState } from 'react';
import { useCatalogSearch } from './useCatalogSearch';

/** Picks one user of the catalog by name. */
export const PersonPicker = (props: {
  value?: string;
  onChange: (userRef: string | undefined) => void;
}) => {
  const [term, setTerm] = useState('');
  const { found, error } = useCatalogSearch(term, ['user']);
  const chosen = found.find(({ id }) => id === props.value);

  return (
    <div>
      <Combobox
        label="Person"
        placeholder="Type a name"
        size="medium"
        options={found}
        search={{
          mode: 'server',
          inputValue: term,
          onInputChange: text => {
            setTerm(text);
            if (text === '') {
              props.onChange(undefined);
            }
          },
        }}
        selectedKey={chosen?.id ?? null}
        onSelectionChange={key => {
          if (key !== null) {
            props.onChange(String(key));
            setTerm(found.find(({ id }) => id === key)?.label ?? '');
          }
        }}
        menuTrigger="focus"
        allowsEmptyCollection
      />
      {error && (
        <Text color="danger" variant="body-small" role="alert">
          The catalog could not be searched: {error.message}
        </Text>
      )}
    </div>
  );
};
