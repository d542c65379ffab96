import { makeFieldSchema } from '@backstage/plugin-scaffolder-react';
import type { BeginnableKind } from '@kubesmith/plugin-kubesmith-common';

const operations: { [Kind in BeginnableKind]: Kind } = {
  delete: 'delete',
  scale: 'scale',
  resize: 'resize',
  repair: 'repair',
  renew: 'renew',
  upgrade: 'upgrade',
  backup: 'backup',
  restore: 'restore',
  snapshot: 'snapshot',
  rollback: 'rollback',
  'remove-snapshot': 'remove-snapshot',
  transfer: 'transfer',
  hibernate: 'hibernate',
  wake: 'wake',
};

/** What a template may say about the field. */
export const clusterPickerSchema = makeFieldSchema({
  output: z => z.string(),
  uiOptions: z =>
    z.object({
      operation: z
        .nativeEnum(operations)
        .optional()
        .describe(
          'Offers only clusters on which the user may begin this now; all that the user sees, if absent',
        ),
    }),
});

/** The `ui:options` of the field. */
export type ClusterPickerOptions = { operation?: BeginnableKind };
