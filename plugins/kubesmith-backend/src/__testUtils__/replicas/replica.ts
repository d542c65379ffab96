/**
 * One backend process of several on one database: the real plugin with its real records, API and engine loop, and Backstage's
 * real database and HTTP services. The steps of operations are simulated, and Proxmox is the API double or simulated too.
 * Prints one line of JSON with its port, and ends when its standard input does.
 */
import {
  coreServices,
  createBackendPlugin,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import { databaseServiceFactory } from '@backstage/backend-defaults/database';
import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { createKubesmithPlugin } from '../../createKubesmithPlugin';
import { createEngineLoop } from '../../engine/Engine';
import { noMetrics } from '../../engine/metrics';
import { noMachines } from '../../reconciler/__testUtils__/noMachines';
import { ProxmoxClient } from '../../tools/proxmox/ProxmoxClient';
import { FakeKubectlRunner, InMemoryHypervisor } from '../doubles';
import { permissions, userInfo } from '../people';
import { policyEngine } from '../policyEngine';
import { simulatedOperations } from './simulatedOperations';

/** What a replica is told on its command line, as JSON. */
export interface ReplicaSettings {
  /** The sections `kubesmith` and `backend.database` of the configuration. */
  kubesmith: object;
  database: object;
  /** Where all replicas write down what they did. */
  folder: string;
  stepMs: number;
  /** Whether Proxmox answers at the configured endpoint; else it is simulated. */
  proxmox: boolean;
  /** How long an operation's lease lasts. */
  leaseMs: number;
}

/** How often somebody's turn may come: the scheduler of tests repeats nothing by itself. */
const TURNS_MS = 100;
const TURNS_TASK = 'kubesmith-room';

/** Gives turns to what waits for room, as the scheduler does in a real backend. */
const turnGiver = createBackendPlugin({
  pluginId: 'turn-giver',
  register(env) {
    env.registerInit({
      deps: {
        lifecycle: coreServices.lifecycle,
        // The mock is one for all plugins.
        scheduler: coreServices.scheduler,
      },
      async init({ lifecycle, scheduler }) {
        let timer: NodeJS.Timeout | undefined;
        let busy = false;
        lifecycle.addStartupHook(() => {
          timer = setInterval(async () => {
            if (busy) return;
            busy = true;
            try {
              const tasks = await scheduler.getScheduledTasks();
              // The plugin may still be starting.
              if (tasks.some(({ id }) => id === TURNS_TASK))
                await scheduler.triggerTask(TURNS_TASK);
            } catch (error) {
              process.stderr.write(`No turns were given: ${error}\n`);
            } finally {
              busy = false;
            }
          }, TURNS_MS);
        });
        lifecycle.addShutdownHook(() => clearInterval(timer));
      },
    });
  },
});

async function main(settings: ReplicaSettings) {
  const backend = await startTestBackend({
    features: [
      policyEngine().feature,
      turnGiver,
      createKubesmithPlugin(async stores => {
        const proxmox = settings.proxmox
          ? await ProxmoxClient.create(stores.config.proxmox)
          : undefined;
        const engine = createEngineLoop<{}>({
          definitions: simulatedOperations(stores, settings),
          services: {},
          operations: stores.operations,
          clusters: stores.clusters,
          logger: stores.logger,
          metrics: noMetrics,
          redact: text => text,
          onClusterChanged: stores.onClusterChanged,
          timing: { pollMs: 50, leaseMs: settings.leaseMs },
        });
        return {
          engine,
          hypervisor: proxmox ?? new InMemoryHypervisor(),
          inspectEnvironment: async () => [],
          kubectl: new FakeKubectlRunner(),
          ...noMachines,
          ...(proxmox && { machines: proxmox }),
          close: async () => proxmox?.close(),
        };
      }),
      mockServices.rootConfig.factory({
        data: {
          backend: { database: settings.database },
          kubesmith: settings.kubesmith,
        },
      }),
      databaseServiceFactory,
      mockServices.rootLogger.factory({ level: 'warn' }),
      createServiceFactory({
        service: coreServices.userInfo,
        deps: {},
        factory: () => userInfo,
      }),
      createServiceFactory({
        service: coreServices.permissions,
        deps: {},
        factory: () => permissions,
      }),
    ],
  });
  process.stdout.write(`${JSON.stringify({ port: backend.server.port() })}\n`);
  process.stdin.resume();
  process.stdin.on('end', async () => {
    await backend.stop();
    process.exit(0);
  });
}

main(JSON.parse(process.argv[2])).catch(error => {
  process.stderr.write(`${error?.stack ?? error}\n`);
  process.exit(1);
});
