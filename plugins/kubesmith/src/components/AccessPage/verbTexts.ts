import {
  ALL_CLUSTER_VERBS,
  type PolicyRule,
  type PolicyVerb,
} from '@kubesmith/plugin-kubesmith-common';

/** A verb of a rule. */
export type RuleVerb = PolicyRule['verbs'][number];

type VerbText = {
  /** As a choice. */
  label: string;
  /** What it means for those who do not know the product. */
  explanation: string;
  /** After "may", before what it is done with. */
  phrase: string;
};

/** What can be allowed, in the words of the page. */
export const verbTexts: Record<PolicyVerb, VerbText> = {
  create: {
    label: 'Order',
    explanation: 'Order new clusters.',
    phrase: 'order',
  },
  read: {
    label: 'See',
    explanation:
      'See a cluster, its history and who has kubeconfigs. Everything else needs this.',
    phrase: 'see',
  },
  'access-viewer': {
    label: 'Kubeconfig: viewer',
    explanation: 'Look at what runs in the cluster.',
    phrase: 'get a viewer’s kubeconfig for',
  },
  'access-editor': {
    label: 'Kubeconfig: editor',
    explanation: 'Run things in the cluster; includes viewer.',
    phrase: 'get an editor’s kubeconfig for',
  },
  'access-administrator': {
    label: 'Kubeconfig: administrator',
    explanation: 'Everything inside the cluster; includes viewer and editor.',
    phrase: 'get an administrator’s kubeconfig for',
  },
  scale: {
    label: 'Scale',
    explanation: 'Change the number of workers and the size of machines.',
    phrase: 'scale',
  },
  upgrade: {
    label: 'Upgrade',
    explanation:
      'Bring to another version of Kubernetes, repair, renew certificates.',
    phrase: 'upgrade',
  },
  extend: {
    label: 'Extend',
    explanation: 'Give it more time before it expires.',
    phrase: 'extend',
  },
  hibernate: {
    label: 'Hibernate',
    explanation: 'Send to sleep, wake up, set a timetable.',
    phrase: 'hibernate',
  },
  snapshot: {
    label: 'Snapshots',
    explanation:
      'Take and remove snapshots, go back to one, back up and restore.',
    phrase: 'take snapshots of',
  },
  share: {
    label: 'Share',
    explanation: 'Let others use it.',
    phrase: 'share',
  },
  delete: {
    label: 'Delete',
    explanation: 'Delete it, stop or continue what builds or deletes it.',
    phrase: 'delete',
  },
  approve: {
    label: 'Approve',
    explanation:
      'Approve or refuse what others asked for; keep a cluster from expiring.',
    phrase: 'approve requests for',
  },
  'manage-quota': {
    label: 'Quotas',
    explanation: 'Set how much may be used in an environment.',
    phrase: 'set quotas',
  },
  'manage-environment': {
    label: 'Environment',
    explanation: 'Change the settings of an environment.',
    phrase: 'change environments',
  },
  'read-audit': {
    label: 'Audit trail',
    explanation: 'Read who did what, and what was refused.',
    phrase: 'read the audit trail',
  },
  'manage-pool': {
    label: 'Address pools',
    explanation: 'Change the ranges of addresses.',
    phrase: 'change address pools',
  },
  'manage-policy': {
    label: 'Access',
    explanation: 'Change on this page who may do what.',
    phrase: 'change who may do what',
  },
  'manage-portal': {
    label: 'The portal itself',
    explanation:
      'Templates, catalog entries, other people’s tasks. Whoever has this can run programs in the portal.',
    phrase: 'manage templates, catalog and tasks',
  },
};

/** How the choices stand together. */
export const verbGroups: readonly {
  title: string;
  about: 'orders' | 'clusters' | 'environments' | 'portal';
  verbs: readonly PolicyVerb[];
}[] = [
  { title: 'Orders', about: 'orders', verbs: ['create'] },
  {
    title: 'Look and use',
    about: 'clusters',
    verbs: ['read', 'access-viewer', 'access-editor', 'access-administrator'],
  },
  {
    title: 'Change',
    about: 'clusters',
    verbs: ['scale', 'upgrade', 'extend', 'hibernate', 'snapshot', 'delete'],
  },
  { title: 'Others', about: 'clusters', verbs: ['share', 'approve'] },
  {
    title: 'Environments',
    about: 'environments',
    verbs: ['manage-quota', 'manage-environment'],
  },
  {
    title: 'Whole portal',
    about: 'portal',
    verbs: ['read-audit', 'manage-pool', 'manage-policy', 'manage-portal'],
  },
];

/** The verbs about which one cluster is asked: all but the order of a new one. */
export const clusterVerbs: readonly PolicyVerb[] = verbGroups
  .filter(({ about }) => about === 'clusters')
  .flatMap(({ verbs }) => verbs);

/** The verbs that hold for the whole portal. */
export const portalVerbs: readonly PolicyVerb[] = verbGroups
  .filter(({ about }) => about === 'portal')
  .flatMap(({ verbs }) => verbs);

/** What a rule is about; several when it names verbs of several kinds. */
export function aboutOf(verbs: readonly RuleVerb[]) {
  const kinds = (about: string) =>
    verbGroups
      .filter(group => group.about === about)
      .some(group => group.verbs.some(verb => verbs.includes(verb)));
  return {
    orders: verbs.includes(ALL_CLUSTER_VERBS) || kinds('orders'),
    onlyOrders: verbs.length === 1 && verbs[0] === 'create',
    clusters: verbs.includes(ALL_CLUSTER_VERBS) || kinds('clusters'),
    environments: kinds('environments'),
    portal: kinds('portal'),
  };
}

/** Whose clusters a rule is about. */
export type Whose = NonNullable<PolicyRule['whose']>;

/** The choices of "whose": as a choice, of clusters, and of orders. */
export const whoseTexts: Record<
  Whose,
  { label: string; clusters: string; orders: string }
> = {
  own: {
    label: 'Their own',
    clusters: 'their own clusters',
    orders: 'for themselves',
  },
  groups: {
    label: 'Their own and their groups’',
    clusters: 'their own and their groups’ clusters',
    orders: 'for themselves and their groups',
  },
  shared: {
    label: 'Shared with them',
    clusters:
      'clusters that are shared with them, at most in the role of the share,',
    orders: 'for nobody',
  },
  anyone: {
    label: 'Anyone’s',
    clusters: 'all clusters',
    orders: 'for anyone',
  },
};
