/** One field of the form. Its name is that of the API: problems come back with it. */
export type Field = {
  name: string;
  label: string;
  description?: string;
  /**
   * `lines`: one value a line. `sizes` and `cni` are chosen from what the portal has, `group` (one) and `members` (users and
   * groups) from the catalog; `timetable` is one, or none.
   */
  kind:
    | 'text'
    | 'area'
    | 'lines'
    | 'number'
    | 'sizes'
    | 'cni'
    | 'group'
    | 'members'
    | 'timetable';
  isRequired?: boolean;
};

/** Fields that belong together. */
export type Section = {
  title: string;
  text?: string;
  /** Only for those who may change environments everywhere. */
  isNetwork?: boolean;
  fields: Field[];
};

/** The name of a new environment; it cannot change later. */
export const nameField: Field = {
  name: 'name',
  label: 'Name',
  description:
    'Lower-case letters, digits and hyphens, at most 40. It is part of every cluster’s address in the catalog and stays for ever.',
  kind: 'text',
  isRequired: true,
};

/** Who runs the environment: handing it over takes the same right as the network. */
export const ownerField: Field = {
  name: 'owner',
  label: 'Run by',
  description: 'The group that looks after it.',
  kind: 'group',
  isRequired: true,
};

/** The form, in its order. */
export const sections: Section[] = [
  {
    title: 'About',
    fields: [
      { name: 'title', label: 'Title', kind: 'text' },
      { name: 'description', label: 'Description', kind: 'area' },
      {
        name: 'members',
        label: 'Members',
        description: 'Who may order here besides those who run it.',
        kind: 'members',
      },
    ],
  },
  {
    title: 'What people can order',
    fields: [
      {
        name: 'sizes',
        label: 'Sizes of nodes',
        kind: 'sizes',
        isRequired: true,
      },
      {
        name: 'kubernetesVersions',
        label: 'Kubernetes versions',
        description: 'One a line, such as 1.36.3. The first is the usual one.',
        kind: 'lines',
        isRequired: true,
      },
      {
        name: 'cni',
        label: 'Pod network (CNI)',
        kind: 'cni',
        isRequired: true,
      },
      {
        name: 'maxWorkers',
        label: 'Most workers in a cluster',
        kind: 'number',
      },
      { name: 'leaseDays', label: 'Lease in days', kind: 'number' },
      {
        name: 'maxLeaseDays',
        label: 'Longest lease in days',
        description: 'How far ahead a cluster can be extended.',
        kind: 'number',
      },
      {
        name: 'graceDays',
        label: 'Days until an expired cluster is deleted',
        kind: 'number',
      },
    ],
  },
  {
    title: 'When clusters sleep',
    text: 'New clusters get this timetable when they are ordered; whoever may send a cluster to sleep may change its own. Those that there are already keep what they have.',
    fields: [
      {
        name: 'timetable',
        label: 'New clusters sleep and wake by a timetable',
        kind: 'timetable',
      },
    ],
  },
  {
    title: 'Addresses',
    text: 'Environments on the same network can share a pool: give it the same name and values.',
    isNetwork: true,
    fields: [
      {
        name: 'pool.name',
        label: 'Pool',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'pool.cidr',
        label: 'Network',
        description: 'Such as 10.40.19.0/24.',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'pool.first',
        label: 'First address',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'pool.last',
        label: 'Last address',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'pool.gateway',
        label: 'Gateway',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'pool.dnsServers',
        label: 'DNS servers',
        description: 'One a line.',
        kind: 'lines',
        isRequired: true,
      },
      {
        name: 'pool.quarantineMinutes',
        label: 'Rest of a released address in minutes',
        kind: 'number',
      },
    ],
  },
  {
    title: 'Proxmox',
    isNetwork: true,
    fields: [
      {
        name: 'proxmox.pool',
        label: 'Resource pool',
        description: 'Made in Proxmox beforehand.',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'proxmox.hosts',
        label: 'Hosts',
        description: 'As Proxmox names them, one a line.',
        kind: 'lines',
        isRequired: true,
      },
      {
        name: 'proxmox.datastore',
        label: 'Storage',
        kind: 'text',
        isRequired: true,
      },
      {
        name: 'proxmox.bridge',
        label: 'Bridge',
        kind: 'text',
        isRequired: true,
      },
      { name: 'proxmox.vlan', label: 'VLAN', kind: 'number' },
      {
        name: 'proxmox.templateVmid',
        label: 'Template',
        description: 'Its VMID.',
        kind: 'number',
        isRequired: true,
      },
      {
        name: 'proxmox.templateHost',
        label: 'Host of the template',
        description: 'Only when it lies on that host’s own storage.',
        kind: 'text',
      },
      {
        name: 'proxmox.vmids.first',
        label: 'First VMID',
        kind: 'number',
        isRequired: true,
      },
      {
        name: 'proxmox.vmids.last',
        label: 'Last VMID',
        kind: 'number',
        isRequired: true,
      },
    ],
  },
];

/** Every field. */
export const allFields: Field[] = [
  nameField,
  ownerField,
  ...sections.flatMap(({ fields }) => fields),
];
