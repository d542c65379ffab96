import type { TokenScope } from '@kubesmith/plugin-kubesmith-common';

/** What each scope is for, in the words of the page. */
export const scopeTexts: Record<TokenScope, { label: string; allows: string }> =
  {
    read: {
      label: 'Read',
      allows: 'look at clusters and what happens to them',
    },
    operate: {
      label: 'Operate',
      allows: 'also order and delete clusters, and get kubeconfigs',
    },
  };
