import { Alert, Button, Flex, Text } from '@backstage/ui';
import type {
  EnvironmentRecord,
  Size,
} from '@kubesmith/plugin-kubesmith-common';
import { useEffect, useRef } from 'react';
import { errorText } from '../../format/errorText';
import styles from './EnvironmentsPage.module.css';
import { FindingsList } from './FindingsList';
import { FormField } from './FormField';
import { type Field, nameField, ownerField, sections } from './fields';
import { sortProblems } from './formValues';
import { useEnvironmentForm } from './useEnvironmentForm';

/** Makes or changes an environment; shows one that cannot be changed here. */
export const EnvironmentForm = (props: {
  /** Undefined for a new one. */
  record?: EnvironmentRecord;
  sizes: Size[];
  cnis: string[];
  onSaved: (saved: EnvironmentRecord) => void;
  /** Reads the environment anew, after somebody else changed it. */
  onReload?: () => void;
}) => {
  const { record, sizes, cnis, onSaved, onReload } = props;
  const form = useEnvironmentForm(record, { cni: cnis[0], onSaved });
  const { byField, rest } = sortProblems(form.problems);
  const canChange = record?.can.change ?? true;
  const canChangeNetwork = record?.can.changeNetwork ?? true;
  const formRef = useRef<HTMLFormElement>(null);

  useEffect(() => {
    // Who works with the keyboard goes on where something is wrong.
    if (form.pending === undefined && form.problems.length > 0)
      formRef.current
        ?.querySelector<HTMLElement>(
          '[aria-invalid="true"], [data-invalid] input',
        )
        ?.focus();
    // Only when an answer came.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [form.pending]);

  const field = (one: Field, isReadOnly: boolean) => (
    <FormField
      key={one.name}
      field={one}
      value={form.values[one.name]}
      problem={byField.get(one.name)}
      sizes={sizes}
      cnis={cnis}
      isReadOnly={isReadOnly}
      onChange={value => form.change(one.name, value)}
    />
  );

  return (
    <form
      ref={formRef}
      noValidate
      aria-label={record ? `Environment ${record.name}` : 'New environment'}
      onSubmit={event => {
        event.preventDefault();
        if (!form.pending) void form.save();
      }}
    >
      <Flex direction="column" gap="5">
        {sections.map(({ title, text, isNetwork, fields }, index) => (
          <fieldset key={title} className={styles.section}>
            <legend>
              <Text as="h3" variant="title-x-small">
                {title}
              </Text>
            </legend>
            <Flex direction="column" gap="3">
              {text && <Text color="secondary">{text}</Text>}
              <div className={styles.fields}>
                {index === 0 && field(nameField, record !== undefined)}
                {index === 0 &&
                  field(ownerField, !canChange || !canChangeNetwork)}
                {fields.map(one =>
                  field(one, !canChange || (!!isNetwork && !canChangeNetwork)),
                )}
              </div>
            </Flex>
          </fieldset>
        ))}
        {form.problems.length > 0 && (
          <Alert
            role="alert"
            status="danger"
            icon
            title={
              form.problems.length === 1
                ? 'One field needs another value'
                : `${form.problems.length} fields need other values`
            }
            description={rest
              .map(({ message, remedy }) => `${message} ${remedy}`)
              .join(' ')}
          />
        )}
        {form.error && (
          <Alert
            role="alert"
            status="danger"
            icon
            title="That did not work"
            description={errorText(form.error)}
            customActions={
              onReload && (
                <Button size="small" variant="secondary" onPress={onReload}>
                  Load again
                </Button>
              )
            }
          />
        )}
        {form.check && form.check.findings.length > 0 && (
          <FindingsList findings={form.check.findings} />
        )}
        {form.check && form.check.findings.length === 0 && (
          <Alert
            role="status"
            status="success"
            icon
            title="Nothing speaks against these values"
          />
        )}
        {canChange && (
          <Flex gap="2">
            <Button
              type="submit"
              variant="primary"
              isPending={form.pending === 'save'}
              isDisabled={form.pending === 'check'}
            >
              {record ? 'Save' : 'Make environment'}
            </Button>
            <Button
              variant="secondary"
              isPending={form.pending === 'check'}
              isDisabled={form.pending === 'save'}
              onPress={form.look}
            >
              Check
            </Button>
          </Flex>
        )}
      </Flex>
    </form>
  );
};
