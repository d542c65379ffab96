import {
  ENVIRONMENT_NAME_PATTERN,
  MAX_WORKERS,
} from '@kubesmith/plugin-kubesmith-common';
import { z } from 'zod';
import { parseCidr, parseIpv4 } from '../pools/ipv4';
import { PERSON_OR_GROUP } from '../orders/readEntityRef';
import { timetableProblems } from '../schedules/timetable';
import { DAY_MS, HOUR_MS } from '../time';

/** The networks that the Ansible role `cni` knows. */
export const SUPPORTED_CNIS = ['kube-router'] as const;

/** Names that become arguments, paths or labels: nothing that any of them could read as syntax. */
const word = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, {
  error:
    'use letters, digits, dots, hyphens and underscores; begin with a letter or digit',
});

const text = z.string().min(1, { error: 'write something' });

const entityRef = z
  .string()
  .regex(PERSON_OR_GROUP, {
    error: 'write user:NAMESPACE/NAME or group:NAMESPACE/NAME',
  })
  .transform(ref => ref.toLocaleLowerCase('en-US'));

const ipv4 = z.string().refine(value => parseIpv4(value) !== undefined, {
  error: 'write an IPv4 address such as 10.40.19.201',
});

const vmid = z.number().int().min(100).max(999_999_999);

const encryptionSecret = z
  .string()
  .transform(value => Buffer.from(value, 'base64'))
  .refine(value => value.length === 32, {
    error:
      'give 32 random bytes in base64, such as `openssl rand -base64 32` prints',
  });

const duration = z
  .strictObject({
    seconds: z.number().min(0).optional(),
    minutes: z.number().min(0).optional(),
    hours: z.number().min(0).optional(),
    days: z.number().min(0).optional(),
  })
  .transform(
    ({ seconds = 0, minutes = 0, hours = 0, days = 0 }) =>
      (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000,
  );

const YEAR_MS = 365 * DAY_MS;

/** How long clusters live; ten years are for ever. */
const leaseDuration = duration.refine(
  value => value > 0 && value <= 10 * YEAR_MS,
  { error: 'choose a time of at most ten years' },
);

const size = z.strictObject({
  name: word,
  title: text.optional(),
  vcpu: z.number().int().min(1).max(128),
  memoryGiB: z.number().min(0.5).max(4096),
  diskGiB: z.number().int().min(1).max(65_536),
});

const pool = z
  .strictObject({
    name: word,
    cidr: z.string().refine(value => parseCidr(value) !== undefined, {
      error: 'write an IPv4 network such as 10.40.19.0/24',
    }),
    first: ipv4,
    last: ipv4,
    gateway: ipv4,
    dnsServers: z.array(ipv4).min(1, { error: 'name at least one server' }),
    quarantine: duration.default(0),
  })
  .superRefine((value, context) => {
    const cidr = parseCidr(value.cidr);
    if (!cidr) {
      return;
    }
    for (const key of ['first', 'last', 'gateway'] as const) {
      const address = parseIpv4(value[key]);
      if (
        address !== undefined &&
        (address < cidr.network || address > cidr.broadcast)
      ) {
        context.addIssue({
          code: 'custom',
          path: [key],
          message: `choose an address in ${value.cidr}`,
        });
      }
    }
    if ((parseIpv4(value.first) ?? 0) > (parseIpv4(value.last) ?? 0)) {
      context.addIssue({
        code: 'custom',
        path: ['last'],
        message: 'choose an address that is not before `first`',
      });
    }
    const gateway = parseIpv4(value.gateway);
    if (
      gateway !== undefined &&
      gateway >= (parseIpv4(value.first) ?? Infinity) &&
      gateway <= (parseIpv4(value.last) ?? -Infinity)
    ) {
      context.addIssue({
        code: 'custom',
        path: ['gateway'],
        message: 'choose an address that is not from `first` to `last`',
      });
    }
  });

/** Settings of nodes, exactly as the Ansible roles take them. */
const nodeOverrides = z.strictObject({
  kubelet: z.record(z.string(), z.unknown()).default({}),
  kube_proxy: z.record(z.string(), z.unknown()).default({}),
  kubeadm: z
    .strictObject({
      ignore_preflight_errors: z.array(word).default([]),
    })
    .default({ ignore_preflight_errors: [] }),
  containerd: z
    .strictObject({ restrict_oom_score_adj: z.boolean().default(false) })
    .default({ restrict_oom_score_adj: false }),
  mirrors: z
    .strictObject({
      apt_kubernetes: z
        .strictObject({ url: z.url(), key_url: z.url() })
        .nullable()
        .default(null),
    })
    .default({ apt_kubernetes: null }),
});

/** When new clusters sleep and wake; the rules are those of the clusters' own timetables. */
const timetable = z
  .strictObject({
    sleep: z.string().max(100),
    wake: z.string().max(100).optional(),
    timeZone: z.string().max(60),
  })
  .superRefine((value, context) => {
    for (const { field, message } of timetableProblems(value))
      context.addIssue({ code: 'custom', path: [field], message });
  });

/** An environment as people write it, in the configuration and in the portal's page. */
export const environmentSchema = z
  .strictObject({
    name: z.string().regex(ENVIRONMENT_NAME_PATTERN, {
      error:
        'use 1 to 40 lower-case letters, digits and hyphens; begin with a letter',
    }),
    title: text.optional(),
    description: z.string().optional(),
    owner: entityRef,
    members: z.array(entityRef).default([]),
    pool,
    proxmox: z.strictObject({
      pool: word,
      hosts: z.array(word).min(1, { error: 'name at least one host' }),
      templateVmid: vmid,
      templateHost: word.optional(),
      datastore: word,
      bridge: word,
      vlan: z.number().int().min(1).max(4094).optional(),
      vmids: z
        .strictObject({ first: vmid, last: vmid })
        .refine(({ first, last }) => first <= last, {
          error: '`last` must not be less than `first`',
        }),
    }),
    sizes: z.array(word).min(1, { error: 'name at least one size' }),
    kubernetesVersions: z
      .array(
        z.string().regex(/^\d+\.\d+\.\d+$/, {
          error: 'write a full version such as 1.36.3, in quotes',
        }),
      )
      .min(1, { error: 'name at least one version' }),
    cni: z.enum(SUPPORTED_CNIS, {
      error: `use one of ${SUPPORTED_CNIS.join(', ')}`,
    }),
    maxWorkers: z.number().int().min(0).max(MAX_WORKERS).default(MAX_WORKERS),
    lease: leaseDuration.default(90 * DAY_MS),
    maxLease: leaseDuration.optional(),
    grace: duration
      .refine(value => value <= YEAR_MS, { error: 'choose at most a year' })
      .default(7 * DAY_MS),
    timetable: timetable.optional(),
    nodeOverrides: nodeOverrides.optional(),
  })
  .superRefine(({ lease, maxLease }, context) => {
    if (maxLease !== undefined && maxLease < lease) {
      context.addIssue({
        code: 'custom',
        path: ['maxLease'],
        message: 'must not be shorter than `lease`',
      });
    }
  });

/** The `kubesmith:` section as people write it. */
export const kubesmithConfigSchema = z.strictObject({
  dataDirectory: text,
  administrators: z.array(entityRef).default([]),
  policyEngine: z
    .enum(['kubesmith', 'other'], { error: 'write kubesmith or other' })
    .default('kubesmith'),
  /** Read by the policy module, and checked there. */
  policies: z.unknown().optional(),
  encryption: z.strictObject({
    keys: z
      .array(z.strictObject({ id: word, secret: encryptionSecret }))
      .min(1, { error: 'add a key' }),
  }),
  proxmox: z.strictObject({
    endpoint: z
      .url({
        protocol: /^https$/,
        error: 'write an https address such as https://pve.example.org:8006',
      })
      .transform(value => value.replace(/\/+$/, '')),
    tokenId: z.string().regex(/^[^@!\s]+@[^@!\s]+![^@!\s]+$/, {
      error: 'write USER@REALM!NAME',
    }),
    tokenSecret: text,
    caFile: text.optional(),
    nodeOverrides: nodeOverrides.default(() => nodeOverrides.parse({})),
  }),
  tools: z
    .strictObject({
      terraform: text.default('terraform'),
      ansiblePlaybook: text.default('ansible-playbook'),
      terraformRoot: text.optional(),
      ansibleRoot: text.optional(),
      terraformCliConfigFile: text.optional(),
    })
    .prefault({}),
  kubeconfigs: z
    .strictObject({
      maxHours: z
        .number({ error: 'write a number of hours' })
        .min(0.5, { error: 'choose at least half an hour' })
        // More seconds than the clusters' kubectl-gate lets through.
        .max(168, { error: 'choose at most 168 hours' })
        .default(24),
    })
    .prefault({}),
  audit: z.strictObject({ retention: duration.default(YEAR_MS) }).prefault({}),
  tokens: z
    .strictObject({
      maxLifetime: duration
        .refine(ms => ms >= DAY_MS && ms <= 10 * YEAR_MS, {
          error: 'write at least a day and at most ten years',
        })
        .default(90 * DAY_MS),
    })
    .prefault({}),
  capacity: z
    .strictObject({
      clonesAtOnce: z
        .number({ error: 'write a number' })
        .int({ error: 'write a whole number' })
        .min(1, { error: 'choose at least 1' })
        .max(1000, { error: 'choose at most 1000' })
        .default(4),
      memoryReserveGiB: z
        .number({ error: 'write a number of GiB' })
        .min(0, { error: 'choose at least 0' })
        .default(1),
      memoryOvercommit: z
        .number({ error: 'write a number such as 1.5' })
        .min(1, { error: 'choose at least 1' })
        .max(10, { error: 'choose at most 10' })
        .default(1),
      storageReservePercent: z
        .number({ error: 'write a number of per cent' })
        .min(0, { error: 'choose at least 0' })
        .max(90, { error: 'choose at most 90' })
        .default(5),
      mayBePassedFor: duration
        .refine(value => value <= YEAR_MS, { error: 'choose at most a year' })
        .default(DAY_MS),
    })
    .prefault({}),
  backups: z
    .strictObject({
      automatic: z.boolean({ error: 'write true or false' }).default(true),
      every: duration
        .refine(value => value >= HOUR_MS, { error: 'choose at least an hour' })
        .refine(value => value <= 30 * DAY_MS, {
          error: 'choose at most 30 days',
        })
        .default(6 * HOUR_MS),
      atOnce: z
        .number({ error: 'write a number' })
        .int({ error: 'write a whole number' })
        .min(1, { error: 'choose at least 1' })
        .max(3, {
          error: 'choose at most 3: the other workers are for orders',
        })
        .default(1),
    })
    .prefault({}),
  sizes: z.array(size).min(1, { error: 'add a size' }),
  environments: z
    .array(environmentSchema)
    .min(1, { error: 'add an environment' }),
});

/** What {@link kubesmithConfigSchema} gives. */
export type RawKubesmithConfig = z.output<typeof kubesmithConfigSchema>;

/** What {@link environmentSchema} gives. Durations in milliseconds. */
export type RawEnvironment = z.output<typeof environmentSchema>;
