import { useApi } from '@backstage/frontend-plugin-api';
import {
  type EnvironmentCheck,
  type EnvironmentDraft,
  type EnvironmentRecord,
  type FieldProblem,
  isKubesmithApiError,
} from '@kubesmith/plugin-kubesmith-common';
import { useState } from 'react';
import { kubesmithApiRef } from '../../api/kubesmithApi';
import { type FormValues, toDraft, toValues } from './formValues';

/** What a new environment begins with. */
const NEW: EnvironmentDraft = {
  maxWorkers: 5,
  leaseDays: 90,
  maxLeaseDays: 360,
  graceDays: 7,
  pool: { quarantineMinutes: 60 },
};

/**
 * The values of the form, what is wrong with them, and what can be done.
 *
 * @param record - the environment that is changed; undefined for a new one
 */
export function useEnvironmentForm(
  record: EnvironmentRecord | undefined,
  options: { cni?: string; onSaved: (saved: EnvironmentRecord) => void },
) {
  const kubesmithApi = useApi(kubesmithApiRef);
  const [values, setValues] = useState<FormValues>(() =>
    toValues(record ?? { ...NEW, cni: options.cni }),
  );
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [check, setCheck] = useState<EnvironmentCheck>();
  const [error, setError] = useState<Error>();
  const [pending, setPending] = useState<'save' | 'check'>();

  const attempt = async (what: 'save' | 'check', run: () => Promise<void>) => {
    setPending(what);
    setError(undefined);
    setCheck(undefined);
    setProblems([]);
    try {
      await run();
    } catch (cause) {
      if (isKubesmithApiError(cause) && cause.problems.length > 0)
        setProblems(cause.problems);
      else setError(cause instanceof Error ? cause : new Error(String(cause)));
    } finally {
      setPending(undefined);
    }
  };
  const draft = () => ({
    ...toDraft(values),
    ...(record && { expectedVersion: record.version }),
  });

  return {
    values,
    problems,
    check,
    error,
    pending,
    change(name: string, value: FormValues[string]) {
      setValues({ ...values, [name]: value });
      // What was said about the value that is gone does not hold any more.
      setProblems(
        problems.filter(
          ({ field }) => field !== name && !field.startsWith(`${name}.`),
        ),
      );
    },
    save: () =>
      attempt('save', async () => {
        options.onSaved(
          record
            ? await kubesmithApi.updateEnvironment(record.name, draft())
            : await kubesmithApi.createEnvironment(draft()),
        );
      }),
    look: () =>
      attempt('check', async () => {
        const answer = await kubesmithApi.checkEnvironment(draft());
        setProblems(answer.problems);
        if (answer.problems.length === 0) setCheck(answer);
      }),
  };
}
