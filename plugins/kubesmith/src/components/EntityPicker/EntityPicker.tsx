import { Combobox, Text } from '@backstage/ui';
import { useRef, useState } from 'react';
import { useEntityNames } from '../../hooks/useEntityNames';
import { choiceLabel, type Choice, useCatalogSearch } from './useCatalogSearch';

/** Picks one user or group of the catalog by name. What is typed is nobody until it is chosen. */
export const EntityPicker = (props: {
  label: string;
  description?: string;
  /** Such as `user`. */
  kinds: readonly string[];
  /** An entity ref. */
  value?: string;
  onChange: (entityRef: string | undefined) => void;
  isRequired?: boolean;
  isReadOnly?: boolean;
  /** What is wrong with the choice. */
  problem?: string;
}) => {
  const { value, kinds, onChange, problem } = props;
  // Undefined while nothing is typed: then the field shows who is chosen.
  const [typed, setTyped] = useState<string>();
  const picked = useRef<Choice>();
  const nameOf = useEntityNames(value ? [value] : []);
  let chosen: Choice | undefined;
  if (value) {
    chosen =
      picked.current?.id === value
        ? picked.current
        : { id: value, label: choiceLabel(value, nameOf(value)) };
  }
  const { found, error } = useCatalogSearch(typed ?? '', kinds);
  const options =
    chosen && !found.some(({ id }) => id === chosen.id)
      ? [chosen, ...found]
      : found.map(each => (each.id === chosen?.id ? chosen : each));

  return (
    <div>
      <Combobox
        label={props.label}
        description={props.description}
        isRequired={props.isRequired}
        isReadOnly={props.isReadOnly}
        // With `aria` nothing stops the form: what is wrong, the API says.
        validationBehavior="aria"
        validate={() => problem ?? null}
        placeholder="Type a name"
        size="medium"
        options={options}
        search={{
          mode: 'server',
          inputValue: typed ?? chosen?.label ?? '',
          onInputChange: text => {
            if (text === (picked.current ?? chosen)?.label) {
              setTyped(undefined);
              return;
            }
            setTyped(text);
            picked.current = undefined;
            if (value) onChange(undefined);
          },
        }}
        selectedKey={chosen?.id ?? null}
        onSelectionChange={key => {
          const choice = options.find(({ id }) => id === key);
          if (choice) {
            picked.current = choice;
            setTyped(undefined);
            onChange(choice.id);
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
