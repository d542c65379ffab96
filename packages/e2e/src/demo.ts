#!/usr/bin/env node
/**
 * `make demo`: the lab, the portal, and a cluster that a student orders and uses. `--down` removes all of it.
 * It may be run again at any time and does only what is missing.
 */
import { parseArgs } from 'node:util';
import { down } from '@kubesmith/lab/src/instance/down.ts';
import { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { Progress } from '@kubesmith/lab/src/instance/Progress.ts';
import { up } from '@kubesmith/lab/src/instance/up.ts';
import { Kubectl } from './client/Kubectl.ts';
import { PortalClient } from './client/PortalClient.ts';
import { signIn } from './client/signIn.ts';
import { ensureCluster } from './demo/orderCluster.ts';
import { Journal } from './demo/Journal.ts';
import { readPeople } from './people.ts';
import { ensureFrontend } from './portal/frontend.ts';
import { Portal } from './portal/Portal.ts';

const STUDENT = 'student-1';
const ORDER = {
  name: 'demo',
  environment: 'distributed-systems-2026',
  size: 'small',
  workers: 2,
};

async function demo(instance: Instance): Promise<void> {
  const journal = new Journal();
  journal.text(
    'Kubesmith demo: a student orders a Kubernetes cluster and uses it.',
  );
  journal.text(
    'Everything is real but the hypervisor: its API is a double, its virtual machines are containers.',
  );
  journal.text();

  await journal.phase('Lab', () =>
    up(instance, new Progress(text => process.stdout.write(text))),
  );
  const frontend = await journal.phase('Frontend', ensureFrontend);
  if (!frontend.built) journal.line('Frontend: built before, unchanged');
  const portal = new Portal(instance);
  await journal.phase('Portal', () =>
    portal.start({ frontend: frontend.hash }),
  );
  const address = await portal.address();

  const session = await journal.phase(`Sign-in as ${STUDENT}`, () =>
    signIn(STUDENT, { portal: address }),
  );
  const client = new PortalClient(session);
  const cluster = await journal.phase(
    `Order of '${ORDER.name}': 1 control plane, ${ORDER.workers} workers`,
    () => ensureCluster(client, ORDER, journal),
  );
  journal.line(`The cluster answers at ${cluster.apiServerUrl}`);

  const kubectl = await journal.phase(`Kubeconfig for ${STUDENT}`, async () => {
    const { grant, kubeconfig } = await client.issueGrant(cluster.id);
    journal.line(`Issued as ${grant.role}, until ${grant.expiresAt}`);
    return await Kubectl.with(instance, cluster.name, kubeconfig);
  });
  await journal.phase('Use of the cluster', async () => {
    journal.line('kubectl get nodes -o wide');
    journal.text(
      (await kubectl.run(['get', 'nodes', '-o', 'wide'])).stdout.trimEnd(),
    );
    journal.line('A Deployment with 2 replicas and a Service');
    const { answer, url } = await kubectl.deployHello(2);
    journal.text(
      (await kubectl.run(['get', 'pods', '-o', 'wide'])).stdout.trimEnd(),
    );
    journal.line(`${url} answers: ${answer}`);
  });

  journal.text();
  journal.table();
  journal.text();
  journal.text(`The portal is up: ${address}`);
  journal.text('Sign in as one of these, without a password:');
  for (const person of await readPeople())
    journal.text(`  ${person.displayName} (${person.groups.join(', ')})`);
  const option = instance.name === 'lab' ? '' : ` --instance ${instance.name}`;
  journal.text('Go on:');
  journal.text(
    `  yarn lab exec${option} -- kubectl --kubeconfig=${kubectl.kubeconfig} get pods -A`,
  );
  journal.text(
    `  yarn lab status${option}         machines, addresses, services`,
  );
  journal.text(`  ${portal.log}    the portal's log`);
  journal.text('Stop, and remove all of it:');
  journal.text('  make demo-down');
}

async function demoDown(instance: Instance): Promise<void> {
  await new Portal(instance).stop();
  await down(instance, new Progress());
}

const { values } = parseArgs({
  options: {
    down: { type: 'boolean', default: false },
    instance: { type: 'string', default: 'lab' },
  },
});
try {
  const instance = new Instance(values.instance);
  await (values.down ? demoDown(instance) : demo(instance));
} catch (error) {
  process.stderr.write(`\ndemo: ${(error as Error).message}\n`);
  process.stderr.write(
    '"make demo" goes on where it stopped; "make demo-down" removes all of it.\n',
  );
  process.exitCode = 1;
}
