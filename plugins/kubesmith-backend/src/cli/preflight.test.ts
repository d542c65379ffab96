import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigReader } from '@backstage/config';
import { stringify } from 'yaml';
import { testConfig, testConfigData } from '../__testUtils__/config';
import { openDatabase } from '../database/openDatabase';
import { EnvironmentEditor } from '../environments/EnvironmentEditor';
import { EnvironmentStore } from '../environments/EnvironmentStore';
import { PoolStore } from '../pools/PoolStore';
import { LabProxmox, type LoggedCall } from '../steps/__testUtils__/LabProxmox';
import { SecretStore } from '../secrets/SecretStore';
import { pluginDatabase } from './database';
import type { Finding, Level } from './preflight/Checklist';
import { run } from '.';

/** Programs that only tell a version: what Terraform, OpenTofu and Ansible do with one is tested elsewhere. */
const TOOLS = {
  terraform: `case "$*" in
  *init*) [ -z "$REFUSE" ] || { echo 'Error: Failed to query available provider packages' >&2; exit 1; }
    dir=\${1#-chdir=}; echo '# lock' > "$dir/.terraform.lock.hcl";;
  "version -json") echo '{"terraform_version":"1.11.4"}';;
  *) echo "Terraform v1.11.4";;
esac`,
  'ansible-playbook': `echo 'ansible-playbook [core 2.19.1]'`,
};

type Data = ReturnType<typeof testConfigData> & Record<string, any>;

let lab: LabProxmox;
let folder: string;
let bin: string;

/** Runs the command on the double with a change of the configuration. */
async function preflight(
  change: (data: Data) => void = () => {},
  more: object = {},
): Promise<{ code: number; findings: Finding[]; text: string }> {
  const data = testConfigData() as Data;
  data.dataDirectory = join(folder, 'data');
  data.proxmox = { ...lab.connection } as Data['proxmox'];
  data.tools = {
    terraform: join(bin, 'terraform'),
    ansiblePlaybook: join(bin, 'ansible-playbook'),
    terraformRoot: resolve(__dirname, '../../../../terraform/cluster'),
    ansibleRoot: resolve(__dirname, '../../../../ansible'),
  } as Data['tools'];
  change(data);
  const file = join(
    folder,
    `app-config-${randomBytes(4).toString('hex')}.yaml`,
  );
  await writeFile(
    file,
    stringify({
      backend: {
        database: {
          client: 'better-sqlite3',
          connection: { directory: join(folder, 'databases') },
        },
      },
      kubesmith: data,
      ...more,
    }),
  );
  const lines: string[] = [];
  const code = await run(['preflight', '--json', '--config', file], text =>
    lines.push(text),
  );
  const text = lines.join('\n');
  return { code, text, ...JSON.parse(text) };
}

/** What is to be said about the double as it is: its certificate lasts two days, its token is for more than the two environments. */
const USUAL = [
  /^The certificate is valid until .* for 1 more days$/,
  /^The token has more than it needs on \/vms\/9001: VM\.Clone$/,
  /^The token has more than it needs on \/sdn\/zones\/localnetwork\/vmbr1: SDN\.Use$/,
];

/** The warnings beside the usual ones, which must be there. */
function warnings(findings: Finding[]): Finding[] {
  const all = of('warning', findings);
  for (const text of USUAL)
    expect(all).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(text) }),
    );
  return all.filter(finding => !USUAL.some(text => text.test(finding.text)));
}

function of(level: Level, findings: Finding[]): Finding[] {
  return findings.filter(finding => finding.level === level);
}

beforeAll(async () => {
  lab = await LabProxmox.start();
  folder = await mkdtemp(join(tmpdir(), 'kubesmith-preflight-test-'));
  bin = await mkdtemp(join(folder, 'bin-'));
  for (const [name, script] of Object.entries(TOOLS)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(join(bin, name), 0o755);
  }
}, 60_000);

afterAll(async () => {
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('kubesmith preflight', () => {
  it('finds nothing to complain about where all is well, and changes nothing', async () => {
    const before = await lab.now();
    const { code, findings, text } = await preflight();
    expect(of('problem', findings)).toEqual([]);
    expect(warnings(findings)).toEqual([]);
    expect(code).toBe(0);
    expect(of('ok', findings).length).toBeGreaterThan(20);
    expect(text).not.toContain(lab.connection.tokenSecret);

    const calls = await lab.control<LoggedCall[]>(
      'GET',
      `calls?since=${before}`,
    );
    expect(calls.length).toBeGreaterThan(100);
    expect(new Set(calls.map(({ method }) => method))).toEqual(
      new Set(['GET']),
    );
    // Neither the data directory nor a database was made.
    const made = await readdir(folder);
    expect(made).not.toContain('data');
    expect(made).not.toContain('databases');
  });

  it('prints a list that people can read', async () => {
    const lines: string[] = [];
    const file = join(folder, 'bad.yaml');
    await writeFile(file, 'kubesmith: { dataDirectory: /tmp/x }');
    expect(
      await run(['preflight', '--config', file], text => lines.push(text)),
    ).toBe(1);
    expect(lines.join('\n')).toMatch(
      /^Configuration\n {2}problem {2}The configuration has mistakes:[^]*kubesmith\.encryption: is missing[^]* -> [^]*\n\nNot ready: 1 problem, 0 warnings\.$/,
    );
  });

  it.each<[string, (data: Data) => void, RegExp, RegExp]>([
    [
      'a Proxmox that is not there',
      data => (data.proxmox.endpoint = 'https://127.0.0.1:1'),
      /cannot be reached \(ECONNREFUSED\)/,
      /kubesmith\.proxmox\.endpoint/,
    ],
    [
      'a certificate that nobody vouches for',
      data => delete (data.proxmox as any).caFile,
      /not from a trusted authority/,
      /kubesmith\.proxmox\.caFile/,
    ],
    [
      'a certificate for another name',
      data =>
        (data.proxmox.endpoint = data.proxmox.endpoint.replace(
          '127.0.0.1',
          'localhost',
        )),
      /is for another name/,
      /kubesmith\.proxmox\.endpoint/,
    ],
    [
      'a file of the authority that is not there',
      data => ((data.proxmox as any).caFile = '/nowhere/ca.pem'),
      /cannot be read/,
      /kubesmith\.proxmox\.caFile/,
    ],
    [
      'a wrong token',
      data => (data.proxmox.tokenSecret = 'wrong'),
      /does not accept the token kubesmith@pve!portal/,
      /kubesmith\.proxmox\.tokenId and \.tokenSecret: .*pveum user token add kubesmith@pve portal/,
    ],
    [
      'a pool that is not there',
      data => (data.environments[0].proxmox.pool = 'nowhere'),
      /The resource pool nowhere does not exist/,
      /pveum pool add nowhere/,
    ],
    [
      'a host that is not there',
      data => (data.environments[0].proxmox.hosts = ['pve9']),
      /There is no host pve9; there are pve1, pve2, pve3/,
      /kubesmith\.environments\[0\]\.proxmox\.hosts/,
    ],
    [
      'a template that is not there',
      data => (data.environments[1].proxmox.templateVmid = 4711),
      /There is no template 4711/,
      /kubesmith\.environments\[1\]\.proxmox\.templateVmid/,
    ],
    [
      'a template on another host',
      data => ((data.environments[1].proxmox as any).templateHost = 'pve2'),
      /is on the host pve1, not on pve2/,
      /templateHost: write pve1/,
    ],
    [
      'a template that is larger than a size',
      data => (data.sizes[0].diskGiB = 8),
      /larger than what these sizes give: small \(8 GiB\)/,
      /kubesmith\.sizes/,
    ],
    [
      'a storage that is not there',
      data => (data.environments[1].proxmox.datastore = 'nowhere'),
      /has no storage nowhere/,
      /kubesmith\.environments\[1\]\.proxmox\.datastore/,
    ],
    [
      'a bridge that is not there',
      data => (data.environments[1].proxmox.bridge = 'vmbr1'),
      /has no bridge vmbr1/,
      /kubesmith\.environments\[1\]\.proxmox\.bridge/,
    ],
    [
      'the template among the VMIDs',
      data =>
        (data.environments[1].proxmox.vmids = { first: 8990, last: 9010 }),
      /template 9000 is inside of the range/,
      /kubesmith\.environments\[1\]\.proxmox\.vmids/,
    ],
    [
      'the address of the network among the addresses',
      data => (data.environments[1].pool.last = '10.41.0.255'),
      /address of the network/,
      /kubesmith\.environments\[1\]\.pool\.first/,
    ],
    [
      'a missing Terraform',
      data => ((data.tools as any).terraform = '/nowhere/terraform'),
      /There is no program \/nowhere\/terraform/,
      /kubesmith\.tools\.terraform/,
    ],
    [
      'a missing Ansible',
      data => ((data.tools as any).ansiblePlaybook = '/nowhere/ansible'),
      /There is no program/,
      /kubesmith\.tools\.ansiblePlaybook/,
    ],
    [
      'a data directory that is a file',
      data => (data.dataDirectory = join(bin, 'terraform', 'x')),
      /is not writable/,
      /kubesmith\.dataDirectory/,
    ],
  ])('says what to do about %s', async (_, change, text, remedy) => {
    const { code, findings } = await preflight(change);
    expect(code).toBe(1);
    const found = of('problem', findings).find(finding =>
      text.test(finding.text),
    );
    expect(found).toBeDefined();
    expect(found!.remedy).toMatch(remedy);
  });

  it('names each missing privilege with the command that grants it', async () => {
    const { roles } = await lab.control<{ roles: Record<string, string[]> }>(
      'GET',
      'state',
    );
    const restore = (role: string) =>
      lab.control('PUT', `roles/${role}`, { privileges: roles[role] });
    await lab.control('PUT', 'roles/KubesmithNodes', {
      privileges: roles.KubesmithNodes.filter(name => name !== 'VM.Config.CPU'),
    });
    await lab.control('PUT', 'roles/KubesmithNetwork', { privileges: [] });
    const { findings } = await preflight();
    await restore('KubesmithNodes');
    await restore('KubesmithNetwork');
    const remedies = of('problem', findings).map(({ remedy }) => remedy);
    expect(remedies).toContain(
      'pveum role modify KubesmithNodes --append 1 --privs "VM.Config.CPU"',
    );
    expect(remedies).toContain(
      "pveum acl modify /sdn/zones/localnetwork/vmbr0 --users kubesmith@pve --roles KubesmithNetwork\npveum acl modify /sdn/zones/localnetwork/vmbr0 --tokens 'kubesmith@pve!portal' --roles KubesmithNetwork",
    );
  });

  it('warns of a token that may do too much', async () => {
    const { roles } = await lab.control<{ roles: Record<string, string[]> }>(
      'GET',
      'state',
    );
    await lab.control('PUT', 'roles/KubesmithHosts', {
      privileges: ['Sys.Audit', 'Sys.Modify'],
    });
    const { code, findings } = await preflight();
    await lab.control('PUT', 'roles/KubesmithHosts', {
      privileges: roles.KubesmithHosts,
    });
    expect(code).toBe(0);
    expect(warnings(findings)).toEqual([
      expect.objectContaining({
        text: 'The token has more than it needs on /nodes: Sys.Modify',
        remedy: expect.stringContaining('pveum user token permissions'),
      }),
    ]);
  });

  it('tells what a template lacks', async () => {
    const change = (config: object) =>
      lab.control('PATCH', 'vms/9000', { config });
    await change({ agent: null, ide2: null, serial0: null, template: null });
    const { findings } = await preflight();
    await change({
      agent: '1',
      ide2: 'shared-ssd:vm-9000-cloudinit,media=cdrom',
      serial0: 'socket',
      template: 1,
    });
    const remedies = findings
      .filter(({ section }) => section === 'Environment research')
      .map(({ remedy }) => remedy);
    expect(remedies).toEqual(
      expect.arrayContaining([
        expect.stringContaining('qm template 9000'),
        expect.stringContaining('qm set 9000 --agent enabled=1'),
        expect.stringContaining('qm set 9000 --ide2 shared-ssd:cloudinit'),
        expect.stringContaining('qm set 9000 --serial0 socket'),
      ]),
    );
  });

  it('sees hosts that are down, and machines of somebody else', async () => {
    await lab.control('PUT', 'hosts/pve3', { down: true });
    await lab.control('POST', 'strangers', { vmid: 20_007 });
    await lab.control('POST', 'strangers', {
      vmid: 777,
      pool: 'kubesmith-research',
    });
    await lab.control('PATCH', 'vms/777', {
      config: { ipconfig0: 'ip=10.41.0.12/24,gw=10.41.0.1' },
    });
    const { code, findings } = await preflight();
    await lab.control('PUT', 'hosts/pve3', { down: false });
    await lab.control('DELETE', 'vms/20007');
    await lab.control('DELETE', 'vms/777');
    expect(code).toBe(1);
    expect(of('problem', findings).map(({ text }) => text)).toEqual([
      'The host pve3 is offline',
    ]);
    expect(warnings(findings).map(({ text }) => text)).toEqual([
      '1 VMID of 20000-20199 belong to machines of somebody else: 20007; they are left out',
      'The machine 777 (somebody-elses) has the address 10.41.0.12 of the pool research and is in no record',
    ]);
  });

  it('says when the provider cannot be had', async () => {
    const path = join(bin, 'terraform');
    await writeFile(path, `#!/bin/sh\nREFUSE=1\n${TOOLS.terraform}\n`);
    const { findings } = await preflight();
    await writeFile(path, `#!/bin/sh\n${TOOLS.terraform}\n`);
    expect(of('problem', findings)).toEqual([
      expect.objectContaining({
        text: expect.stringContaining('Failed to query available provider'),
        remedy: expect.stringContaining('terraformCliConfigFile'),
      }),
    ]);
  });

  it('warns of a database that forgets', async () => {
    const { findings } = await preflight(undefined, {
      backend: {
        database: { client: 'better-sqlite3', connection: ':memory:' },
      },
    });
    expect(warnings(findings)).toEqual([
      expect.objectContaining({ text: expect.stringContaining('in memory') }),
    ]);
  });

  it('opens what is stored with the keys, or says which key is missing', async () => {
    const directory = await mkdtemp(join(folder, 'filled-'));
    const database = { client: 'better-sqlite3', connection: { directory } };
    const more = { backend: { database } };
    const secret = randomBytes(32);
    const { close, database: service } = pluginDatabase(
      new ConfigReader({ backend: { database } }),
    );
    const knex = await openDatabase(service);
    const store = new SecretStore(knex, [{ id: 'old', secret }]);
    await store.put('a-cluster', 'ssh', 'canary');
    await close();
    await knex.destroy();

    const lost = await preflight(undefined, more);
    expect(of('problem', lost.findings)).toEqual([
      expect.objectContaining({
        text: expect.stringContaining("the key 'old'"),
        remedy: expect.stringContaining('kubesmith.encryption.keys'),
      }),
    ]);
    const found = await preflight(data => {
      data.encryption.keys.push({
        id: 'old',
        secret: secret.toString('base64'),
      });
    }, more);
    expect(found.code).toBe(0);
    expect(found.text).toContain('The encryption keys open what is stored');
    expect(found.text).not.toContain('canary');
  });

  it('looks at the environments too that staff made in the portal', async () => {
    const directory = await mkdtemp(join(folder, 'portal-'));
    const database = { client: 'better-sqlite3', connection: { directory } };
    const { close, database: service } = pluginDatabase(
      new ConfigReader({ backend: { database } }),
    );
    const knex = await openDatabase(service);
    const { environments, sizes } = testConfig();
    await new EnvironmentEditor({
      knex,
      pools: new PoolStore(knex),
      store: new EnvironmentStore(knex, sizes),
    }).create(
      {
        ...environments[1],
        name: 'made-here',
        proxmox: { ...environments[1].proxmox, hosts: ['pve9'] },
      },
      'user:default/admin',
    );
    await close();
    await knex.destroy();

    const { findings } = await preflight(undefined, { backend: { database } });
    expect(of('problem', findings)).toContainEqual(
      expect.objectContaining({
        section: 'Environment made-here',
        text: expect.stringContaining('There is no host pve9'),
        remedy: expect.stringContaining('made-here (in the portal)'),
      }),
    );
  });
});
