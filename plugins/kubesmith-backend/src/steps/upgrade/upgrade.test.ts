import assert from 'node:assert/strict';
import { StopError } from '../../engine/stop';
import type { Context } from '../services';
import { upgradeControlPlane } from './upgradeControlPlane';
import { type UpgradeTools, upgradeNodes } from './upgradeNodes';

const OLD = '1.35.9';
const NEW = '1.36.3';
const NAMES = ['demo-w-1', 'demo-cp-1', 'demo-w-2'];

/** The portal died here. */
class Killed extends Error {}

/** A cluster whose nodes, kubectl and playbook are simulated; what a dead portal did to it stays. */
class SimulatedCluster {
  readonly versions = new Map(NAMES.map(name => [name, OLD]));
  readonly cordoned = new Set<string>();
  readonly effects: string[] = [];
  readonly events: string[] = [];
  api = OLD;
  recorded = OLD;
  /** Journal writes and runs of the playbook left until the portal dies; `after` the effect or before it. */
  fuse?: { left: number; after: boolean };
  /** How kubectl drain ends. */
  drain = { code: 0, stderr: '' };
  readonly controller = new AbortController();

  async #dangerous<T>(work: () => T | Promise<T>): Promise<T> {
    const isLast = this.fuse !== undefined && this.fuse.left-- === 0;
    if (isLast && !this.fuse!.after) throw new Killed();
    const result = await work();
    if (isLast) throw new Killed();
    return result;
  }

  readonly tools: UpgradeTools = {
    settle: async () => {},
    runStage: async (_context, wanted) => {
      await this.#dangerous(() => {
        if (wanted.stage === 'control-plane' && this.api !== NEW) {
          this.api = NEW;
          this.effects.push('control plane');
        }
        if (wanted.stage === 'node' && this.versions.get(wanted.node) !== NEW) {
          // Its Pods are elsewhere, and a kubelet is never newer than the API.
          assert.deepEqual([...this.cordoned], [wanted.node]);
          assert.equal(this.api, NEW);
          this.versions.set(wanted.node, NEW);
          this.effects.push(wanted.node);
        }
      });
      return { changedTasks: 0, reports: new Map() };
    },
  };

  #kubectl([verb, name]: string[]) {
    if (verb === 'drain') {
      this.cordoned.add(name);
      return { stdout: '', ...this.drain };
    }
    if (verb === 'uncordon') this.cordoned.delete(name);
    const items = NAMES.map(each => ({
      metadata: { name: each },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        nodeInfo: { kubeletVersion: `v${this.versions.get(each)}` },
      },
    }));
    return { stdout: JSON.stringify({ items }), stderr: '', code: 0 };
  }

  context(): Context {
    const nodes = NAMES.map(name => ({
      name,
      role: name.includes('-cp-') ? 'control-plane' : 'worker',
      state: 'ready',
    }));
    return {
      cluster: { id: 'c1' },
      operation: { input: { kubernetesVersion: NEW, nodes: NAMES } },
      signal: this.controller.signal,
      progress: () => {},
      event: ({ message }: { message: string }) => this.events.push(message),
      journal: (write: (tx: unknown) => Promise<unknown>) =>
        this.#dangerous(() => write({})),
      services: {
        clusters: {
          liveNodes: async () => nodes,
          setKubernetesVersion: async (
            _tx: unknown,
            _id: string,
            version: string,
          ) => {
            this.recorded = version;
          },
        },
        kubectl: {
          run: async (_id: string, argv: string[]) => this.#kubectl(argv),
        },
      },
    } as unknown as Context;
  }

  /** Both steps, as the engine runs them: what did not end well is begun again. */
  async carryOut(): Promise<void> {
    await upgradeControlPlane(this.context(), this.tools);
    await upgradeNodes(this.context(), this.tools);
  }
}

function expectUpgraded(cluster: SimulatedCluster) {
  expect(cluster.effects).toEqual([
    'control plane',
    'demo-cp-1',
    'demo-w-1',
    'demo-w-2',
  ]);
  expect([...cluster.cordoned]).toEqual([]);
  expect(cluster.recorded).toBe(NEW);
}

describe('an upgrade', () => {
  it('raises the control plane, then one node after the other, each emptied first', async () => {
    const cluster = new SimulatedCluster();
    await cluster.carryOut();
    expectUpgraded(cluster);
    expect(cluster.events.at(-1)).toBe(`demo-w-2 has Kubernetes ${NEW}`);
  });

  it('comes out the same when the portal dies at any write or run, before it and after it', async () => {
    let deaths = 0;
    for (const after of [false, true]) {
      for (let left = 0; ; left++) {
        const cluster = new SimulatedCluster();
        cluster.fuse = { left, after };
        const died = await cluster.carryOut().then(
          () => false,
          error => {
            assert.ok(error instanceof Killed);
            return true;
          },
        );
        // The record never says more than is true.
        if (died && cluster.recorded === NEW) assert.equal(cluster.api, NEW);
        cluster.fuse = undefined;
        if (died) await cluster.carryOut();
        expectUpgraded(cluster);
        if (!died) break;
        deaths += 1;
      }
    }
    // Two for the control plane, and three for each node.
    expect(deaths).toBe(2 * (2 + 3 * 3));
  });

  it('stops between two nodes when it is cancelled, says what is left, and goes on there', async () => {
    const cluster = new SimulatedCluster();
    const { runStage } = cluster.tools;
    const tools: UpgradeTools = {
      ...cluster.tools,
      runStage: async (context, wanted) => {
        const result = await runStage(context, wanted);
        if (wanted.stage === 'node' && wanted.node === 'demo-w-1') {
          cluster.controller.abort(new StopError('cancelled'));
          // The node that is under way is not left half-way.
          assert.ok(!context.signal.aborted);
        }
        return result;
      },
    };
    await upgradeControlPlane(cluster.context(), tools);
    await expect(upgradeNodes(cluster.context(), tools)).rejects.toMatchObject({
      reason: 'cancelled',
    });
    expect(cluster.effects).toEqual(['control plane', 'demo-cp-1', 'demo-w-1']);
    expect([...cluster.cordoned]).toEqual([]);
    expect(cluster.events.at(-1)).toBe(
      `Stopped before demo-w-2: retry it, or upgrade to ${NEW} again, and it goes on there`,
    );
  });

  it.each(['shutdown', 'lease-lost'] as const)(
    'leaves a node at once for %s',
    async reason => {
      const cluster = new SimulatedCluster();
      const tools: UpgradeTools = {
        ...cluster.tools,
        runStage: async ({ signal }) => {
          cluster.controller.abort(new StopError(reason));
          signal.throwIfAborted();
          throw new Error('the signal did not follow');
        },
      };
      await expect(
        upgradeNodes(cluster.context(), tools),
      ).rejects.toMatchObject({ reason });
    },
  );

  it('stops at a Pod that must not be evicted; the node stays as it was', async () => {
    const cluster = new SimulatedCluster();
    await upgradeControlPlane(cluster.context(), cluster.tools);
    cluster.drain = { code: 1, stderr: 'global timeout reached: 5m0s' };
    await expect(
      upgradeNodes(cluster.context(), cluster.tools),
    ).rejects.toMatchObject({ failure: { code: 'KUBESMITH-DRAIN-STUCK' } });
    expect([...cluster.cordoned]).toEqual([]);
    expect(cluster.versions.get('demo-cp-1')).toBe(OLD);
  });
});
