import type { RequestableKind } from '@kubesmith/plugin-kubesmith-common';
import { actionText, actionTexts } from './auditTexts';

/** All of them: one that is missing here does not compile. */
const kinds: Record<RequestableKind, true> = {
  backup: true,
  hibernate: true,
  'remove-snapshot': true,
  renew: true,
  repair: true,
  resize: true,
  restore: true,
  rollback: true,
  scale: true,
  snapshot: true,
  transfer: true,
  upgrade: true,
  wake: true,
};

describe('auditTexts', () => {
  it.each(Object.keys(kinds))('has words for the operation %s', kind => {
    expect(actionText(`cluster.${kind}`)).toMatch(/^[A-Z][a-z]+ /);
  });

  it('has other words for each action, so that each can be chosen', () => {
    const texts = Object.values(actionTexts);
    expect(new Set(texts).size).toBe(texts.length);
  });

  it('shows an action that it does not know as it is', () => {
    expect(actionText('cluster.paint')).toBe('cluster.paint');
  });
});
