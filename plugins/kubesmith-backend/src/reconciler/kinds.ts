import type { FindingKind } from '@kubesmith/plugin-kubesmith-common';

/** All kinds; whether the portal puts one right without a person. */
const kinds: Record<FindingKind, boolean> = {
  'orphan-machine': true,
  'unknown-machine': false,
  'foreign-machine': false,
  'machine-missing': false,
  'machine-stopped': false,
  'machine-running': false,
  'machine-changed': false,
  'machine-moved': true,
  'machine-resized': false,
  'address-in-use': false,
  'address-held': true,
  'state-missing': false,
  'state-left': true,
};

/** All kinds of findings. */
export const findingKinds = Object.keys(kinds) as FindingKind[];

/** Whether the portal puts a kind of finding right when it was seen twice. An address is only kept back. */
export function repairsItself(kind: FindingKind): boolean {
  return kinds[kind];
}
