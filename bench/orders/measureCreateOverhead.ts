import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Figure, figure } from '../figures';
import { describePairs, measurePairs, ratiosOf } from '../measure';
import { CLI_CONFIG_FILE, OrderScene, TERRAFORM_ROOT } from './OrderScene';

const run = promisify(execFile);
const PAIRS = 5;

type Variables = {
  cluster_name: string;
  nodes: Record<string, { vm_id: number }>;
};

/** What a creation costs beside what Terraform and the playbook take when a person runs them by hand. */
export async function* measureCreateOverhead(): AsyncGenerator<Figure> {
  const scene = await OrderScene.create({
    tasks: { qmclone: 6000, qmstart: 1000 },
    playbookSeconds: 6,
  });
  try {
    const portal = await scene.portal();
    const made: string[] = [];
    const byPortal = async () => {
      const placed = await scene.order(portal);
      await scene.built(placed);
      made.push(placed.clusterId);
    };
    let rounds = 0;
    const byHand = async () => {
      rounds += 1;
      await applyByHand(scene, {
        like: made.at(-1) ?? '',
        as: `by-hand-${rounds}`,
        vmidsFrom: 28_000 + 10 * rounds,
      });
    };
    // The first one takes what by hand is then done alike; and with it the runtime is set up.
    await byPortal();
    const pairs = await measurePairs(
      { a: byPortal, b: byHand },
      { pairs: PAIRS, calls: 1, warmUp: 1 },
    );
    const machines = [...(await scene.lab.machines()).values()];
    const expected = 2 * (made.length + rounds);
    if (machines.length !== expected)
      throw new Error(`${machines.length} machines instead of ${expected}`);
    yield figure({
      name: 'create.overhead',
      values: ratiosOf(pairs),
      target: { atMost: 1.05 },
      note: `From the order over HTTP to the end of its operation, two nodes / \`terraform init\`, \`apply\` and the playbook run by hand with the same variables: ${describePairs(
        pairs,
      )}. Real: API, records, journal, lease, supervisor, redaction, catalog, Terraform, provider. Stand-ins: the API double of Proxmox with clones of 6 s and starts of 1 s; a script that waits 6 s for the playbook; nodes that answer at once.`,
      why: 'The portal also proves before and after that machines are its own, waits for guest agents, reads host keys, keeps the state in the database and verifies the cluster; by hand nobody does.',
    });
  } finally {
    await scene.close();
  }
}

/** As a person would, in a new folder, with the module and the variables of a cluster that the portal made. */
async function applyByHand(
  scene: OrderScene,
  options: { like: string; as: string; vmidsFrom: number },
): Promise<void> {
  const folder = join(scene.folder, options.as);
  await mkdir(folder);
  for (const name of await readdir(TERRAFORM_ROOT))
    if (/\.tf$|\.hcl$/.test(name))
      await cp(join(TERRAFORM_ROOT, name), join(folder, name));
  const ours = join(scene.folder, 'data/clusters', options.like);
  const { cluster_name: name, ...rest } = JSON.parse(
    await readFile(join(ours, 'cluster.tfvars.json'), 'utf8'),
  ) as Variables;
  const nodes = Object.entries(rest.nodes).map(([node, settings], index) => [
    node.replace(name, options.as),
    { ...settings, vm_id: options.vmidsFrom + index },
  ]);
  await writeFile(
    join(folder, 'cluster.tfvars.json'),
    JSON.stringify({
      ...rest,
      cluster_name: options.as,
      nodes: Object.fromEntries(nodes),
    }),
  );
  const { caFile, endpoint, tokenId, tokenSecret } = scene.lab.connection;
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    TF_CLI_CONFIG_FILE: CLI_CONFIG_FILE,
    CHECKPOINT_DISABLE: '1',
    PROXMOX_VE_ENDPOINT: `${endpoint}/`,
    PROXMOX_VE_API_TOKEN: `${tokenId}=${tokenSecret}`,
    SSL_CERT_FILE: caFile,
  };
  const terraform = (...args: string[]) =>
    run('terraform', args, { cwd: folder, env });
  await terraform('init', '-input=false');
  await terraform(
    'apply',
    '-input=false',
    '-auto-approve',
    '-var-file=cluster.tfvars.json',
  );
  await run(scene.playbook, [], { cwd: folder, env });
}
