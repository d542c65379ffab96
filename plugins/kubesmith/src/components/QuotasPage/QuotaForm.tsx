import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  DialogBody,
  DialogFooter,
  DialogHeader,
  Flex,
  NumberField,
  Select,
  Text,
} from '@backstage/ui';
import type {
  Quota,
  QuotaLimits,
  QuotaScope,
} from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useEnvironmentTitles } from '../../hooks/useEntityNames';
import { useSubmit } from '../../hooks/useSubmit';
import { EntityPicker } from '../EntityPicker';
import { FormError } from '../FormError';
import styles from './QuotasPage.module.css';
import { fromTyped, limitTexts, scopeTexts, toTyped } from './quotaTexts';

const limitNames = Object.keys(limitTexts) as (keyof QuotaLimits)[];

/** Whom a quota is for cannot be changed: that would be another quota. */
const Whom = (props: {
  environments: string[];
  environment: string;
  scope: QuotaScope;
  subject?: string;
  onChange: (change: {
    environment?: string;
    scope?: QuotaScope;
    subject?: string;
  }) => void;
}) => {
  const { environments, environment, scope, subject, onChange } = props;
  const wanted = scopeTexts[scope].subject;
  const titleOf = useEnvironmentTitles(environments);
  return (
    <>
      <Select
        label="Environment"
        options={environments.map(name => ({
          id: name,
          label: titleOf(name),
        }))}
        value={environment}
        onChange={key => onChange({ environment: String(key) })}
      />
      <Select
        label="For"
        options={Object.entries(scopeTexts).map(([id, { label }]) => ({
          id,
          label,
        }))}
        value={scope}
        onChange={key =>
          onChange({
            scope: key as QuotaScope,
            ...(scopeTexts[key as QuotaScope].subject?.kind !==
              wanted?.kind && { subject: undefined }),
          })
        }
      />
      {wanted && (
        <EntityPicker
          // A group that was chosen is no person.
          key={wanted.kind}
          label={wanted.label}
          kinds={[wanted.kind]}
          isRequired
          value={subject}
          onChange={value => onChange({ subject: value })}
        />
      )}
    </>
  );
};

/** Sets the limits of a quota: of a new one, or of the one that is given. */
export const QuotaForm = (props: {
  environments: string[];
  quota?: Quota;
  onSaved: () => void;
}) => {
  const { environments, quota, onSaved } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [whom, setWhom] = useState({
    environment: quota?.environment ?? environments[0],
    scope: quota?.scope ?? ('each-person' as QuotaScope),
    subject: quota?.subject,
  });
  const [limits, setLimits] = useState<QuotaLimits>(quota?.limits ?? {});
  const { error, isPending, submit } = useSubmit();
  const isIncomplete =
    Object.keys(limits).length === 0 ||
    (scopeTexts[whom.scope].subject !== undefined && !whom.subject);

  const change = (name: keyof QuotaLimits, typed: number) => {
    const { [name]: _old, ...others } = limits;
    setLimits(
      Number.isNaN(typed)
        ? others
        : { ...others, [name]: fromTyped(name, typed) },
    );
  };
  const save = () =>
    submit(async () => {
      const { subject, ...rest } = whom;
      await kubesmithApi.putQuota({
        ...rest,
        ...(scopeTexts[whom.scope].subject && { subject }),
        limits,
      });
      onSaved();
    });

  return (
    <>
      <DialogHeader>
        {quota ? `Quota of ${quota.title}` : 'New quota'}
      </DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          {!quota && (
            <Whom
              {...whom}
              environments={environments}
              onChange={changed => setWhom({ ...whom, ...changed })}
            />
          )}
          <Text color="secondary">
            What is left empty is not limited. A limit below what is used stops
            nothing; it only lets nobody order more.
          </Text>
          <div className={styles.fields}>
            {limitNames.map(name => (
              <NumberField
                key={name}
                label={limitTexts[name]}
                minValue={name === 'leaseDays' ? 1 : 0}
                value={
                  limits[name] === undefined
                    ? NaN
                    : toTyped(name, limits[name]!)
                }
                onChange={value => change(name, value)}
              />
            ))}
          </div>
          <FormError title="The quota could not be saved" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button
          variant="primary"
          isPending={isPending}
          isDisabled={isIncomplete}
          onPress={save}
        >
          Save quota
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};
