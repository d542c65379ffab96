import { Combobox, Text } from '@backstage/ui';
import { useRef, useState } from 'react';
import { type Choice, useCatalogSearch } from './useCatalogSearch';

/** Picks one user or group of the catalog by name. What is typed is nobody until it is chosen. */
export const EntityPicker = (props: {
  label: string;
  /** Such as `user`. */
  kinds: readonly string[];
  /** An entity ref. */
  value?: string;
  onChange: (entityRef: string | undefined) => void;
}) => {
  const [term, setTerm] = useState('');
  const picked = useRef<Choice>();
  const chosen =
    picked.current?.id === props.value ? picked.current : undefined;
  // The name of who was chosen is no search: the list would be empty when it is opened again.
  const { found, error } = useCatalogSearch(
    term === chosen?.label ? '' : term,
    props.kinds,
  );
  const options =
    chosen && !found.some(({ id }) => id === chosen.id)
      ? [chosen, ...found]
      : found;

  return (
    <div>
      <Combobox
        label={props.label}
        placeholder="Type a name"
        size="medium"
        options={options}
        search={{
          mode: 'server',
          inputValue: term,
          onInputChange: text => {
            setTerm(text);
            if (text !== picked.current?.label) {
              picked.current = undefined;
              props.onChange(undefined);
            }
          },
        }}
        selectedKey={chosen?.id ?? null}
        onSelectionChange={key => {
          const choice = options.find(({ id }) => id === key);
          if (choice) {
            picked.current = choice;
            setTerm(choice.label);
            props.onChange(choice.id);
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
