import { useApi } from '@backstage/frontend-plugin-api';
import {
  parsePolicies,
  writeRoles,
  type CurrentPolicies,
  type PolicyProblem,
  type PolicyRole,
} from '@kubesmith/plugin-kubesmith-common';
import { useCallback, useEffect, useState } from 'react';
import { policiesApiRef } from '../../api/policiesApi';
import { keepDraft, readDraft } from './keptDraft';

/** How long nothing is typed before the portal is asked about people and environments, in milliseconds. */
const CHECK_AFTER_MS = 400;

type State = {
  /** The version that the changes began with. */
  version: number;
  base: string;
  text: string;
  /** The last text without mistakes that was not written by a form: what forms write into, so that comments stay. */
  good: string;
  /** Missing while the text is no policy: then only the text can be edited. */
  roles?: PolicyRole[];
};

/** Policies that somebody is changing: the text is what counts, the roles are its other face. */
export type PolicyDraft = State & {
  /** What is wrong, with line and field. */
  problems: PolicyProblem[];
  /** Whether the portal was asked about this very text, and answered. */
  isChecked: boolean;
  /** Why it could not be asked. */
  checkError?: Error;
  isDirty: boolean;
  /** Somebody else saved since the changes began. */
  isOvertaken: boolean;
  /** The changes are those of an earlier visit. */
  isFromBefore: boolean;
  setRoles: (change: (roles: PolicyRole[]) => PolicyRole[]) => void;
  setText: (text: string) => void;
  /** Begins anew with a version, and with other changes to it if they are given. */
  reset: (to: Pick<CurrentPolicies, 'version' | 'yaml'>, text?: string) => void;
};

function begin(
  version: number,
  base: string,
  text: string,
  good = base,
): State {
  const roles = parsePolicies(text).document?.roles;
  return { version, base, text, good: roles ? text : good, roles };
}

/** The changes to the policies in force; those of an earlier visit if there are any. */
export function usePolicyDraft(current: CurrentPolicies): PolicyDraft {
  const policiesApi = useApi(policiesApiRef);
  const [kept] = useState(() => (current.writable ? readDraft() : undefined));
  const [isFromBefore, setFromBefore] = useState(kept !== undefined);
  const [state, setState] = useState<State>(() =>
    kept
      ? begin(kept.version, kept.base, kept.text)
      : begin(current.version, current.yaml, current.yaml),
  );
  const [checked, setChecked] = useState<{
    text: string;
    problems: PolicyProblem[];
    error?: Error;
  }>();
  const { version, base, text } = state;
  const isDirty = text !== base;
  const found = parsePolicies(text).problems;
  const isGoodText = found === undefined;
  const answer = checked?.text === text ? checked : undefined;

  useEffect(() => {
    keepDraft(isDirty ? { version, base, text } : undefined);
  }, [isDirty, version, base, text]);

  useEffect(() => {
    if (!isDirty || !isGoodText) {
      return undefined;
    }
    let isCurrent = true;
    const timer = setTimeout(() => {
      policiesApi.validate({ yaml: text }).then(
        problems => isCurrent && setChecked({ text, problems }),
        error => isCurrent && setChecked({ text, problems: [], error }),
      );
    }, CHECK_AFTER_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [policiesApi, text, isDirty, isGoodText]);

  const setRoles = useCallback(
    (change: (roles: PolicyRole[]) => PolicyRole[]) =>
      setState(old => {
        const roles = change(old.roles ?? []);
        return { ...old, roles, text: writeRoles(old.good, roles) };
      }),
    [],
  );
  const setText = useCallback(
    (next: string) =>
      setState(old => begin(old.version, old.base, next, old.good)),
    [],
  );
  const reset = useCallback(
    (to: Pick<CurrentPolicies, 'version' | 'yaml'>, next = to.yaml) => {
      setFromBefore(false);
      setState(begin(to.version, to.yaml, next));
    },
    [],
  );

  // Without changes of one's own, what others save is shown at once.
  const isBehind =
    current.version > version || (!current.writable && current.yaml !== base);
  useEffect(() => {
    if (isBehind && !isDirty) {
      reset(current);
    }
  }, [isBehind, isDirty, current, reset]);

  return {
    ...state,
    isOvertaken: isBehind && isDirty,
    problems: found ?? answer?.problems ?? [],
    isChecked: isGoodText && answer !== undefined && !answer.error,
    checkError: answer?.error,
    isDirty,
    isFromBefore: isFromBefore && isDirty,
    setRoles,
    setText,
    reset,
  };
}
