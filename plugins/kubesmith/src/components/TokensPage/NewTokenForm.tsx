import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  NumberField,
  Radio,
  RadioGroup,
  Select,
  Text,
  TextField,
} from '@backstage/ui';
import type {
  Environment,
  TokenScope,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useState } from 'react';
import { kubesmithApiRef, type MadeToken } from '../../api/kubesmithApi';
import { errorText } from '../../format/errorText';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { scopeTexts } from './tokenTexts';

/** How long tokens last, in days. */
export type TokenLimits = { defaultDays: number; maxDays: number };

const EVERYWHERE = '*';
const scopes = Object.keys(scopeTexts) as TokenScope[];

/** The environments that the person knows; without them, a token can still be made for all. */
function useEnvironments() {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [found, setFound] = useState<Environment[]>([]);
  const [error, setError] = useState<string>();
  useEffect(() => {
    let isGone = false;
    kubesmithApi
      .listEnvironments()
      .then(all => !isGone && setFound(all))
      .catch(cause => !isGone && setError(errorText(cause)));
    return () => {
      isGone = true;
    };
  }, [kubesmithApi]);
  return { found, error };
}

/** Asks what the token is for, and has it made. */
export const NewTokenForm = (props: {
  limits: TokenLimits;
  onMade: (made: MadeToken) => void;
}) => {
  const { limits, onMade } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const environments = useEnvironments();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<TokenScope>('read');
  const [environment, setEnvironment] = useState(EVERYWHERE);
  const [days, setDays] = useState(limits.defaultDays);
  const { error, isPending, submit } = useSubmit();
  const isComplete = name.trim() !== '' && !Number.isNaN(days);

  const make = () =>
    submit(async () => {
      onMade(
        await kubesmithApi.createToken({
          name: name.trim(),
          scope,
          days,
          ...(environment !== EVERYWHERE && { environment }),
        }),
      );
    });

  return (
    <>
      <DialogHeader>New access token</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <TextField
            label="Name"
            description="What it is for, such as the script or the machine"
            isRequired
            maxLength={60}
            value={name}
            onChange={setName}
          />
          <RadioGroup
            label="Scope"
            value={scope}
            onChange={value => setScope(value as TokenScope)}
          >
            {scopes.map(each => (
              <Radio key={each} value={each}>
                {scopeTexts[each].label}: {scopeTexts[each].allows}
              </Radio>
            ))}
          </RadioGroup>
          <Select
            label="Environment"
            description={environments.error}
            options={[
              { id: EVERYWHERE, label: 'All that I may use' },
              ...environments.found.map(each => ({
                id: each.name,
                label: each.title,
              })),
            ]}
            value={environment}
            onChange={key => setEnvironment(String(key))}
          />
          <NumberField
            label="Ends after how many days"
            description={`At most ${limits.maxDays}`}
            minValue={1}
            maxValue={limits.maxDays}
            value={days}
            onChange={setDays}
          />
          <Text color="secondary">
            Sharing, approving, quotas and other decisions about people are
            never possible with a token.
          </Text>
          <FormError title="The access token could not be made" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isDisabled={!isComplete}
          isPending={isPending}
          onPress={make}
        >
          Make token
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
