/* eslint jest/no-standalone-expect: ["error", { "additionalTestBlockFunctions": ["afterEach"] }] */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { canaryFiles, hostileTexts } from '@kubesmith/hostile-texts';
import type { EnvironmentConfig } from './config/types';
import type { ClusterRecord, NodeRecord } from './database/records';
import { LabProxmox } from './steps/__testUtils__/LabProxmox';
import {
  cliConfigFile,
  describeWithTerraform,
} from './steps/__testUtils__/workbench';
import { keyPair } from './tools/ssh/__testUtils__/keyPair';
import { TerraformRuntime } from './tools/terraform/TerraformRuntime';
import { TerraformWorkspace } from './tools/terraform/TerraformWorkspace';
import { clusterVariables } from './tools/terraform/variables';

jest.setTimeout(15 * 60_000);

const ROOT = resolve(__dirname, '../../..');
const signal = new AbortController().signal;
const nobody = { endpoint: '', tokenId: '', tokenSecret: '' };
/** Terraform's strings are UTF-8 in normal form C: half a surrogate pair is none, and a letter has one spelling. */
const texts = hostileTexts.filter(
  text => Buffer.from(text).toString() === text && text.normalize() === text,
);

/** A module that takes texts where nothing is checked, and gives them back. */
const ECHO = `
variable "texts" { type = list(string) }
variable "keys" { type = map(string) }
resource "terraform_data" "each" {
  for_each = var.keys
  input    = "<\${each.value}>"
}
output "texts" { value = var.texts }
output "keys" { value = { for key, one in terraform_data.each : key => one.output } }
`;

describeWithTerraform('hostile texts in the real Terraform', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubesmith-hostile-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(() => {
    expect(canaryFiles()).toEqual([]);
  });

  it('come out of variables, keys and state as they went in', async () => {
    const root = join(folder, 'module');
    await mkdir(root);
    await writeFile(join(root, 'main.tf'), ECHO);
    const workspace = new TerraformWorkspace({
      directory: join(folder, 'echo'),
      runtime: new TerraformRuntime({
        program: 'terraform',
        root,
        dataDirectory: join(folder, 'data'),
      }),
      credentials: nobody,
    });
    const keys = Object.fromEntries(
      texts.filter(text => text.length < 1000).map(text => [text, text]),
    );
    expect(texts.length).toBeGreaterThan(250);
    await workspace.apply({ variables: { texts, keys }, signal });

    const { outputs } = JSON.parse(
      await readFile(join(workspace.directory, 'terraform.tfstate'), 'utf8'),
    );
    expect(outputs.texts.value).toEqual(texts);
    const echoed = Object.entries(outputs.keys.value as object);
    expect(echoed).toHaveLength(Object.keys(keys).length);
    for (const [key, value] of echoed)
      expect({ key, value }).toEqual({ key, value: `<${key}>` });
  });

  describe('with the real provider', () => {
    let lab: LabProxmox;
    beforeAll(async () => {
      lab = await LabProxmox.start();
    });
    afterAll(async () => {
      await lab.stop();
    });

    const key = keyPair().public.split(' ').slice(0, 2).join(' ');
    const variables = (change: object = {}) => ({
      ...clusterVariables({
        cluster: {
          id: 'c1',
          name: 'demo',
          environment: 'research',
        } as ClusterRecord,
        environment: {
          name: 'research',
          pool: {
            gateway: '10.40.19.254',
            prefixLength: 24,
            dnsServers: ['10.40.19.254'],
          },
          proxmox: {
            pool: 'kubesmith-research',
            templateVmid: 9000,
            templateHost: 'pve1',
            datastore: 'shared-ssd',
            bridge: 'vmbr0',
          },
        } as unknown as EnvironmentConfig,
        nodes: [
          {
            name: 'demo-cp-1',
            role: 'control-plane',
            vmid: 20_000,
            host: 'pve1',
            ipAddress: '10.40.19.201',
            macAddress: '02:4B:53:00:00:01',
            smbiosUuid: '00000000-0000-4000-8000-000000000001',
            vcpu: 2,
            memoryMiB: 4096,
            diskGiB: 20,
            operationId: 'o1',
          } as NodeRecord,
        ],
        operationId: 'o1',
        sshPublicKey: key,
        adopt: {},
      }),
      ...change,
    });
    const workspace = (name: string) =>
      new TerraformWorkspace({
        directory: join(folder, name),
        runtime: new TerraformRuntime({
          program: 'terraform',
          root: join(ROOT, 'terraform/cluster'),
          dataDirectory: join(folder, 'data'),
          cliConfigFile,
        }),
        credentials: lab.connection,
      });

    it('reach cloud-init as they are, where the module lets them: in the comment of a key', async () => {
      // Our own keys have none; the module takes a line as OpenSSH has it.
      const keys = texts
        .filter(text => /^[^\p{Cc}\u2028\u2029]+$/u.test(text))
        .filter(text => text.trim() === text && text.length < 200)
        .map(text => `${key} ${text}`);
      expect(keys.length).toBeGreaterThan(200);
      await workspace('keys').apply({
        variables: variables({ ssh_public_keys: keys }),
        signal,
      });
      const { config } = (await lab.machines()).get(20_000)!;
      expect(decodeURIComponent(String(config.sshkeys)).split('\n')).toEqual(
        keys,
      );
      expect(config).toMatchObject({
        name: 'demo-cp-1',
        ciuser: 'kubesmith',
        ipconfig0: 'gw=10.40.19.254,ip=10.40.19.201/24',
        nameserver: '10.40.19.254',
        tags: 'kubesmith;kubesmith-cluster-demo;kubesmith-environment-research;kubesmith-role-control-plane',
      });
      expect(config.cipassword).toBeUndefined();
    });

    it.each([
      'cluster_id',
      'cluster_name',
      'environment',
      'operation_id',
      'pool_id',
      'template_node',
      'datastore',
      'bridge',
      'gateway',
      'ssh_user',
    ])('are refused by the module before Proxmox is asked: %s', async field => {
      const now = await lab.now();
      const [text] = hostileTexts;
      await expect(
        workspace(`refused-${field}`).apply({
          variables: variables({ [field]: text }),
          signal,
        }),
      ).rejects.toMatchObject({
        failure: { message: expect.stringContaining('Invalid value') },
      });
      expect(await lab.changes(now)).toEqual([]);
    });
  });
});
