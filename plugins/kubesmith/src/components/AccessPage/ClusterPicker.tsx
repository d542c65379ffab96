import { useApi } from '@backstage/frontend-plugin-api';
import { Combobox, Text } from '@backstage/ui';
import type { Cluster } from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { errorText } from '../../format/errorText';
import type { Names } from './describeRule';

const SEARCH_AFTER_MS = 250;
const MOST = 20;

/** Picks one cluster among those that the signed-in person may see. */
export const ClusterPicker = (props: {
  value?: string;
  onChange: (clusterId: string | undefined) => void;
  names: Names;
}) => {
  const { names } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [term, setTerm] = useState('');
  const [chosen, setChosen] = useState<{ id: string; label: string }>();
  const [clusters, setClusters] = useState<Cluster[]>([]);
  const [error, setError] = useState<unknown>();
  const search = term === chosen?.label ? '' : term.trim();

  useEffect(() => {
    let isCurrent = true;
    const timer = setTimeout(() => {
      kubesmithApi
        .listClusters({ limit: MOST, ...(search && { search }) })
        .then(
          ({ items }) => {
            if (isCurrent) {
              setClusters(items);
              setError(undefined);
            }
          },
          reason => isCurrent && setError(reason),
        );
    }, SEARCH_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [kubesmithApi, search]);

  const options = clusters.map(({ id, name, environment, owner }) => ({
    id,
    label: `${name} in ${names.environment(environment)}, of ${names.entity(
      owner,
    )}`,
  }));

  return (
    <div>
      <Combobox
        label="Cluster (if it is about one)"
        placeholder="Type a name, owner or environment"
        size="medium"
        options={options}
        search={{
          mode: 'server',
          inputValue: term,
          onInputChange: text => {
            setTerm(text);
            if (text === '') {
              setChosen(undefined);
              props.onChange(undefined);
            }
          },
        }}
        selectedKey={props.value ?? null}
        onSelectionChange={key => {
          const option = options.find(({ id }) => id === key);
          if (option) {
            setChosen(option);
            setTerm(option.label);
            props.onChange(option.id);
          }
        }}
        menuTrigger="focus"
        allowsEmptyCollection
      />
      {error !== undefined && (
        <Text color="danger" variant="body-small" role="alert">
          The clusters could not be searched: {errorText(error)}
        </Text>
      )}
    </div>
  );
};
