/** Where a test of a fault runs. */
export type Where =
  /** Jest, part of the ordinary run. */
  | 'backend'
  /** Jest, long. */
  | 'backend-long'
  /** Python, no node. */
  | 'ansible'
  /** Python, real nodes of the lab. */
  | 'ansible-lab'
  /** End to end on the lab. */
  | 'lab';

/** One test, or several of one file. */
export interface FaultTest {
  where: Where;
  /** Below the backend's `src`, `ansible/tests` or `packages/e2e/src`. */
  file: string;
  /** Part of its name with those of the blocks around it; all of the file, if absent. */
  name?: RegExp;
}

/** A class of faults and how it is provoked here. */
export interface FaultClass {
  /** As in the project's reliability guide. */
  number: number;
  fault: string;
  /** What is done, and what is left out. */
  how: string;
  tests: FaultTest[];
}

const fast = (file: string, name?: RegExp): FaultTest => ({
  where: 'backend',
  file: `${file}.test.ts`,
  name,
});
const long = (file: string, name?: RegExp): FaultTest => ({
  where: 'backend-long',
  file: `${file}.long.test.ts`,
  name,
});
const lab = (file: string, name?: RegExp): FaultTest => ({
  where: 'lab',
  file: `${file}.test.ts`,
  name,
});
const ansible = (file: string, name?: RegExp): FaultTest => ({
  where: file.startsWith('lab_') ? 'ansible-lab' : 'ansible',
  file: `${file}.py`,
  name,
});

/** Every class of faults, each with its tests. */
export const faultClasses: FaultClass[] = [
  {
    number: 1,
    fault: 'kill -9 of the backend at each boundary of the journal',
    how: 'a real process is killed before and after the commit of every write of create and delete, with real Terraform; the real portal on real hosts, at each step of create and delete and at 20 boundaries of the other operations; random schedules over the other operations on simulated hosts',
    tests: [
      fast('engine/crash'),
      fast('engine/schedules'),
      long('engine/crash', /SIGKILL/),
      long('engine/schedules'),
      lab('boundaries.long'),
      lab('sample.long'),
    ],
  },
  {
    number: 2,
    fault: 'kill -9 of Terraform only',
    how: 'the real signal to the real process while it clones, starts and removes',
    tests: [long('steps/machines/terraformKilled', /terraform/)],
  },
  {
    number: 3,
    fault: 'kill -9 of the whole container',
    how: 'the backend is stopped, every tool of it killed, then the backend',
    tests: [long('engine/crash', /with all its tools/)],
  },
  {
    number: 4,
    fault: 'kill -9 of Ansible during kubeadm init',
    how: 'on a real node; the next run attaches to the unit',
    tests: [ansible('lab_playbook', /killed_in_the_middle_of_init/)],
  },
  {
    number: 5,
    fault: 'SIGTERM of the backend while Terraform works',
    how: 'at every write within steps; tools get one interrupt to the process alone',
    tests: [long('engine/crash', /SIGTERM/), fast('tools/process/signals')],
  },
  {
    number: 6,
    fault: 'Postgres restarts, for longer than a lease',
    how: 'a real server is stopped in the middle of steps and started again',
    tests: [long('database/databaseFaults', /Postgres/)],
  },
  {
    number: 7,
    fault: 'SQLite locked for 20 s',
    how: 'another process holds the lock',
    tests: [
      fast('database/databaseFaults', /lock/),
      long('database/databaseFaults', /locks for 20 s/),
    ],
  },
  {
    number: 8,
    fault: 'the database is put back from a backup',
    how: 'a copy is put back after orders, deletions and scaling went on',
    tests: [fast('restore/restore'), long('restore/restore')],
  },
  {
    number: 9,
    fault: 'SSH breaks off',
    how: 'connections are closed under the portal; the playbook dies with its connections and the next one attaches. Loss of packets is not provoked',
    tests: [
      fast('tools/ssh/SshPool', /connect again/),
      fast('tools/ansible/ansible', /diagnosePlaybook/),
      ansible('lab_playbook', /killed_in_the_middle_of_init/),
    ],
  },
  {
    number: 10,
    fault: 'Proxmox answers 500, 595, 596, or that something is locked',
    how: 'on each call, once and for long, while machines are made and removed',
    tests: [
      fast('steps/machines/proxmoxFaults'),
      long('steps/machines/faultMatrix'),
      long('steps/removal/removalFaults'),
    ],
  },
  {
    number: 11,
    fault: 'a clone succeeds and its answer is lost',
    how: 'the connection is cut after the effect, for each machine',
    tests: [long('steps/machines/rareFaults', /answers to clones/)],
  },
  {
    number: 12,
    fault: 'a task ends with WARNINGS or an error',
    how: 'clone and start, by the API double',
    tests: [long('steps/machines/changedByHand', /tasks /)],
  },
  {
    number: 13,
    fault: 'a VM id is taken between plan and apply',
    how: 'a stranger appears at that moment',
    tests: [long('steps/machines/strangers')],
  },
  {
    number: 14,
    fault: 'the template is deleted or locked',
    how: 'before the clone; it comes back later',
    tests: [
      long('steps/machines/changedByHand', /template/),
      long('steps/machines/faultMatrix', /lock file for long on clone/),
    ],
  },
  {
    number: 15,
    fault: 'a disk is full: storage, data folder, database',
    how: 'real full file systems for our own, an error of the task for the storage',
    tests: [
      long('steps/machines/changedByHand', /storage is full/),
      long('steps/machines/diskFull'),
      long('tools/process/diskFull'),
      fast('database/databaseFaults', /space/),
    ],
  },
  {
    number: 16,
    fault:
      'Terraform’s state is lost, cut off, another one, or left as errored.tfstate',
    how: 'the file is damaged between two runs',
    tests: [
      long('steps/machines/lostState'),
      long('engine/replicas', /without an import/),
    ],
  },
  {
    number: 17,
    fault: 'the same request 64 times; one name for two people',
    how: 'real backend processes on one database',
    tests: [
      fast('races/races'),
      long('races/orders', /64 times|a name to one/),
    ],
  },
  {
    number: 18,
    fault:
      'two replicas want one operation; one is stopped for longer than its lease',
    how: 'SIGSTOP and SIGCONT of real processes, on one data folder and on two',
    tests: [
      fast('engine/Engine', /racing|late writes|somebody else/),
      long('engine/stopped'),
      long('engine/replicas'),
    ],
  },
  {
    number: 19,
    fault: 'the clock of a replica is wrong, or steps back',
    how: 'ten minutes early and late; no code reads the machine’s clock for what several must agree on',
    tests: [fast('clocks')],
  },
  {
    number: 20,
    fault: 'cancel at each step, twice, and against success',
    how: 'real backend processes on one database',
    tests: [
      fast('engine/Engine', /cancel/),
      long('races/operations', /cancel/),
    ],
  },
  {
    number: 21,
    fault: 'delete while creating, while deleting, and while Proxmox is down',
    how: 'at each step and at any moment; Proxmox away for many attempts',
    tests: [
      long('races/operations', /delet/),
      long('steps/removal/removalFaults', /down|away/),
    ],
  },
  {
    number: 22,
    fault: 'the token of kubeadm expired',
    how: 'each run of the playbook makes its own token and leaves none: a worker that joins much later has a fresh one',
    tests: [ansible('lab_playbook', /test_cluster/)],
  },
  {
    number: 23,
    fault: 'a worker never boots',
    how: 'its guest agent never answers, and it is removed or stopped while its system starts',
    tests: [
      fast('steps/machines/guests'),
      long('steps/machines/changedByHand', /while its system starts/),
    ],
  },
  {
    number: 24,
    fault: 'a control plane dies during the join to etcd',
    how: 'clusters have one control plane: what is tested is that a half-made one is begun anew only if it never was ready and has no second member',
    tests: [
      ansible('test_decisions'),
      ansible('lab_playbook', /half_made_init/),
    ],
  },
  {
    number: 25,
    fault: 'a foreign host on a free address; two machines with one MAC',
    how: 'somebody answers on addresses of ours; derived addresses collide',
    tests: [
      fast('steps/machines/takenAddresses'),
      fast('orders/placement', /deriveMacAddress/),
      fast('tools/network/probeAddress'),
    ],
  },
  {
    number: 26,
    fault: 'Terraform’s provider crashes; its files are not to be had',
    how: 'SIGSEGV and SIGKILL of the real provider; an init without a source for it',
    tests: [
      long('steps/machines/terraformKilled', /provider/),
      long('steps/machines/rareFaults', /provider of Terraform/),
    ],
  },
  {
    number: 27,
    fault: 'output without end, lines of 10 MB, no UTF-8, escapes',
    how: 'from the real Ansible, from tools, from guests',
    tests: [
      fast('tools/process/lines'),
      fast('tools/process/SupervisedRun', /long output/),
      fast('tools/proxmox/hostileAnswers'),
      long('tools/ansible/hostileNode'),
    ],
  },
  {
    number: 28,
    fault: 'secrets in pieces, in base64, URL-encoded, in JSON',
    how: 'fed to the redactor cut at every byte; searched for on the lab wherever something is written',
    tests: [fast('secrets/Redactor'), lab('trust.long')],
  },
  {
    number: 29,
    fault: 'a host key or a certificate is another one',
    how: 'of nodes and of Proxmox',
    tests: [
      fast('tools/ansible/hostileNode', /host key/),
      fast('tools/ssh/SshPool', /another host key/),
      fast('cli/preflight', /certificate/),
      fast('grants/GrantService', /another host key/),
    ],
  },
  {
    number: 30,
    fault: 'an update while operations are at work',
    how: 'an operation begun before the newest migration, whose old process still writes',
    tests: [fast('engine/upgrade'), fast('database/migrations')],
  },
  {
    number: 31,
    fault: 'many orders at once: no owner starves',
    how: 'queues of many owners, with and without room',
    tests: [fast('capacity/decideTurns'), fast('capacity/RoomQueue')],
  },
  {
    number: 32,
    fault: 'Ansible is killed for want of memory',
    how: 'SIGKILL of the tool alone',
    tests: [fast('tools/ansible/killed')],
  },
  {
    number: 33,
    fault: 'a quota is lowered below what is used',
    how: 'after orders that it would refuse now',
    tests: [fast('quotas/quotas', /lowered/)],
  },
  {
    number: 34,
    fault: 'the owner leaves the catalog in the middle of a creation',
    how: 'steps act for the platform and ask nobody’s rights; of who is gone, rights are denied and kubeconfigs end',
    tests: [
      fast('permissions/PersonDecisions', /does not know any more/),
      fast('shares/endWithRights'),
      fast('people/CatalogPeople'),
    ],
  },
];
