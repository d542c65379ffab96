import { useApi } from '@backstage/frontend-plugin-api';
import {
  Button,
  Dialog,
  DialogBody,
  DialogFooter,
  DialogHeader,
  DialogTrigger,
  Flex,
  NumberField,
  Text,
} from '@backstage/ui';
import type {
  ApprovalLimits,
  ApprovalLimitsOfEnvironment,
} from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { useEnvironmentTitles } from '../../hooks/useEntityNames';
import { useSubmit } from '../../hooks/useSubmit';
import { FormError } from '../FormError';
import { PlainTable } from '../PlainTable';
import { approvalTexts, fromTyped, toTyped } from './quotaTexts';
import styles from './QuotasPage.module.css';

type Name = keyof ApprovalLimits;
const names = Object.keys(approvalTexts) as Name[];

const ApprovalLimitsForm = (props: {
  environment: string;
  title: string;
  limits: ApprovalLimits;
  onSaved: () => void;
}) => {
  const { environment, onSaved } = props;
  const kubesmithApi = useApi(kubesmithApiRef);
  const [limits, setLimits] = useState(props.limits);
  const { error, isPending, submit } = useSubmit();

  const change = (name: Name, typed: number) => {
    const { [name]: _old, ...others } = limits;
    setLimits(
      Number.isNaN(typed)
        ? others
        : { ...others, [name]: fromTyped(name, typed) },
    );
  };
  const save = () =>
    submit(async () => {
      await kubesmithApi.putApprovalLimits(environment, limits);
      onSaved();
    });

  return (
    <>
      <DialogHeader>What needs an approval in {props.title}</DialogHeader>
      <DialogBody>
        <Flex direction="column" gap="4">
          <Text color="secondary">
            An order above any of these waits until somebody has approved it.
            What is left empty lets no order wait.
          </Text>
          <div className={styles.fields}>
            {names.map(name => (
              <NumberField
                key={name}
                label={approvalTexts[name].label}
                minValue={0}
                value={
                  limits[name] === undefined
                    ? NaN
                    : toTyped(name, limits[name]!)
                }
                onChange={value => change(name, value)}
              />
            ))}
          </div>
          <FormError title="This could not be saved" error={error} />
        </Flex>
      </DialogBody>
      <DialogFooter>
        <Button variant="primary" isPending={isPending} onPress={save}>
          Save
        </Button>
        <Button variant="secondary" slot="close">
          Cancel
        </Button>
      </DialogFooter>
    </>
  );
};

const ChangeButton = (props: {
  environment: string;
  title: string;
  limits: ApprovalLimits;
  onSaved: () => void;
}) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <DialogTrigger isOpen={isOpen} onOpenChange={setOpen}>
      <Button
        size="small"
        variant="secondary"
        aria-label={`Change what needs an approval in ${props.title}`}
      >
        Change
      </Button>
      <Dialog>
        {isOpen && (
          <ApprovalLimitsForm
            {...props}
            onSaved={() => {
              setOpen(false);
              props.onSaved();
            }}
          />
        )}
      </Dialog>
    </DialogTrigger>
  );
};

/** Above which size orders wait for an approver, for each environment that the person who looks takes care of. */
export const ApprovalLimitsSection = (props: {
  environments: string[];
  limits: ApprovalLimitsOfEnvironment[];
  onChanged: () => void;
}) => {
  const titleOf = useEnvironmentTitles(props.environments);
  return (
    <section aria-labelledby="approval-limits">
      <Text as="h2" variant="title-small" id="approval-limits">
        What needs an approval
      </Text>
      <PlainTable
        label="What needs an approval"
        columns={['Environment', 'An order waits with more than', 'Change']}
      >
        {props.environments.map(environment => {
          const { limits = {} } =
            props.limits.find(each => each.environment === environment) ?? {};
          const said = names.flatMap(name =>
            limits[name] === undefined
              ? []
              : `${toTyped(name, limits[name]!)} ${approvalTexts[name].unit}`,
          );
          return (
            <tr key={environment}>
              <th scope="row">{titleOf(environment)}</th>
              <td>{said.join(', ') || 'No order waits.'}</td>
              <td>
                <ChangeButton
                  environment={environment}
                  title={titleOf(environment)}
                  limits={limits}
                  onSaved={props.onChanged}
                />
              </td>
            </tr>
          );
        })}
      </PlainTable>
    </section>
  );
};
