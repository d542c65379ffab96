import { rm } from 'node:fs/promises';
import type { Instance } from '@kubesmith/lab/src/instance/Instance.ts';
import { writeAtomically } from '@kubesmith/lab/src/system/files.ts';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import { runInLab, type Outcome } from '../inLab.ts';

const APPLICATION = 'hello';
const PORT = 8080;
/** On the lab's machines already; there is no registry. */
const IMAGE = 'lab.local/hello:1';

/** kubectl in the lab's network with one issued kubeconfig. */
export class Kubectl {
  readonly #instance: Instance;
  readonly #file: string;

  private constructor(instance: Instance, file: string) {
    this.#instance = instance;
    this.#file = file;
  }

  /** Keeps the kubeconfig among the instance's files, for its user only, so that it ends with the instance. */
  static async with(
    instance: Instance,
    name: string,
    kubeconfig: string,
  ): Promise<Kubectl> {
    const file = instance.file('kubeconfigs', `${name}.yaml`);
    await writeAtomically(file, kubeconfig, 0o600);
    return new Kubectl(instance, file);
  }

  /** Path of the kubeconfig. */
  get kubeconfig(): string {
    return this.#file;
  }

  async run(
    args: string[],
    options: { input?: string; mayFail?: boolean; timeoutMs?: number } = {},
  ): Promise<Outcome> {
    return await runInLab(
      this.#instance,
      ['kubectl', `--kubeconfig=${this.#file}`, ...args],
      options,
    );
  }

  /** Names of the nodes that are ready. */
  async readyNodes(): Promise<string[]> {
    const { stdout } = await this.run(['get', 'nodes', '-o', 'json']);
    const { items } = JSON.parse(stdout) as {
      items: {
        metadata: { name: string };
        status: { conditions: { type: string; status: string }[] };
      }[];
    };
    return items
      .filter(({ status }) =>
        status.conditions.some(
          ({ type, status: is }) => type === 'Ready' && is === 'True',
        ),
      )
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  /**
   * Deploys a small web application with a Service on every node, waits until it is rolled out and asks it something.
   *
   * @returns what it answered
   */
  async deployHello(
    replicas: number,
  ): Promise<{ answer: string; url: string }> {
    await this.run(['apply', '-f', '-'], {
      input: JSON.stringify(helloManifest(replicas)),
    });
    await this.run(
      ['rollout', 'status', `deployment/${APPLICATION}`, '--timeout=120s'],
      { timeoutMs: 130_000 },
    );
    const service = JSON.parse(
      (await this.run(['get', 'service', APPLICATION, '-o', 'json'])).stdout,
    );
    const nodes = JSON.parse(
      (await this.run(['get', 'nodes', '-o', 'json'])).stdout,
    );
    const address = nodes.items
      .at(-1)
      .status.addresses.find(
        ({ type }: { type: string }) => type === 'InternalIP',
      ).address;
    const url = `http://${address}:${service.spec.ports[0].nodePort}/`;
    const answer = await waitFor(() => this.#get(url), {
      timeoutMs: 30_000,
      intervalMs: 500,
    });
    if (!answer)
      throw new Error(
        `${url} did not answer in 30 s although the Deployment is rolled out`,
      );
    return { answer, url };
  }

  /** Removes the file; the grant behind it stays. */
  async forget(): Promise<void> {
    await rm(this.#file, { force: true });
  }

  /** An HTTP GET from within the lab; Node.js is there anyway, curl perhaps not. */
  async #get(url: string): Promise<string | undefined> {
    const program =
      'fetch(process.argv[1], { signal: AbortSignal.timeout(3000) }).then(async a => { process.stdout.write(await a.text()); process.exit(a.ok ? 0 : 1); }, () => process.exit(1))';
    const { code, stdout } = await runInLab(
      this.#instance,
      [process.execPath, '-e', program, url],
      { mayFail: true },
    );
    return code === 0 ? stdout.trim() : undefined;
  }
}

/**
 * A Pod of the small web application, with changes to its spec.
 *
 * @param changes - fields of the spec; `container` are fields of its only container
 */
export function podManifest({
  container,
  ...spec
}: Record<string, unknown>): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: APPLICATION },
    spec: {
      ...spec,
      containers: [
        {
          name: APPLICATION,
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          ...(container as object | undefined),
        },
      ],
    },
  };
}

function helloManifest(replicas: number): object {
  const labels = { app: APPLICATION };
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: APPLICATION, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          // Ends at the first signal; nothing waits for it.
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: APPLICATION,
              image: IMAGE,
              imagePullPolicy: 'IfNotPresent',
              ports: [{ containerPort: PORT }],
              readinessProbe: {
                httpGet: { path: '/', port: PORT },
                periodSeconds: 1,
              },
            },
          ],
        },
      },
    },
  };
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: APPLICATION, labels },
    spec: {
      type: 'NodePort',
      selector: labels,
      ports: [{ port: 80, targetPort: PORT }],
    },
  };
  return { apiVersion: 'v1', kind: 'List', items: [deployment, service] };
}
