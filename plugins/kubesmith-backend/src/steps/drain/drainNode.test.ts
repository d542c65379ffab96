import type { Context } from '../services';
import { drainNode, forgetNode, isKnownNode, uncordonNode } from './drainNode';

const NOT_FOUND = 'Error from server (NotFound): nodes "demo-w-1" not found';

/** A kubectl whose answer is simulated. */
function answering(code = 0, stderr = '') {
  const calls: { argv: string[]; stdin?: string }[] = [];
  const context = {
    cluster: { id: 'c1' },
    services: {
      kubectl: {
        run: async (_: string, argv: string[], options: { stdin?: string }) => {
          calls.push({ argv, stdin: options.stdin });
          return { stdout: '', code, stderr };
        },
      },
    },
    signal: new AbortController().signal,
  } as unknown as Context;
  return { calls, context };
}

describe('drainNode', () => {
  it('asks kubectl for it, with a limit', async () => {
    const { calls, context } = answering();
    await expect(drainNode(context, 'demo-w-1')).resolves.toBeUndefined();
    expect(calls[0].argv).toEqual([
      'drain',
      'demo-w-1',
      '--ignore-daemonsets',
      '--delete-emptydir-data',
      '--force',
      '--timeout',
      '300s',
    ]);
  });

  it('says what did not move in time', async () => {
    const { context } = answering(
      1,
      'evicting pod a/b\nerror when evicting: global timeout reached: 5m0s',
    );
    await expect(drainNode(context, 'demo-w-1')).resolves.toContain(
      'global timeout reached',
    );
  });

  it('knows nodes that there are, and those that are gone', async () => {
    await expect(isKnownNode(answering().context, 'demo-w-1')).resolves.toBe(
      true,
    );
    await expect(
      isKnownNode(answering(1, NOT_FOUND).context, 'demo-w-1'),
    ).resolves.toBe(false);
  });

  it('gives the node to forget on stdin', async () => {
    const { calls, context } = answering();
    await forgetNode(context, 'demo-w-1');
    expect(JSON.parse(calls[0].stdin!)).toEqual({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'demo-w-1' },
    });
  });

  it.each([drainNode, forgetNode, isKnownNode, uncordonNode])(
    '%p fails when the cluster does not answer',
    async ask => {
      const { context } = answering(1, 'x\nconnection refused');
      await expect(ask(context, 'demo-w-1')).rejects.toMatchObject({
        failure: {
          code: 'KUBESMITH-KUBERNETES-NOT-READY',
          message: expect.stringContaining('kubectl: connection refused'),
        },
      });
    },
  );
});
