/** Changes that were not saved yet, kept for as long as the browser's tab is open. */
export type KeptDraft = { version: number; base: string; text: string };

const KEY = 'kubesmith.policies.draft';

/** What was kept; undefined if nothing was, or if it cannot be read. */
export function readDraft(): KeptDraft | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
    return typeof kept?.version === 'number' &&
      typeof kept.base === 'string' &&
      typeof kept.text === 'string'
      ? kept
      : undefined;
  } catch {
    // A browser without storage, or somebody else's text: there is no draft.
    return undefined;
  }
}

/** Keeps a draft, or forgets it. */
export function keepDraft(draft: KeptDraft | undefined): void {
  try {
    if (draft) {
      sessionStorage.setItem(KEY, JSON.stringify(draft));
    } else {
      sessionStorage.removeItem(KEY);
    }
  } catch {
    // Storage is full or switched off: the question before leaving still stands.
  }
}
