import assert from 'node:assert/strict';
import { waitFor } from '@kubesmith/lab/src/system/wait.ts';
import type { Operation, PortalClient } from '../client/PortalClient.ts';

const LIMIT_MS = 15 * 60_000;

/** What operations are asked for. */
export type OperationRequest = Parameters<PortalClient['begin']>[1];

/** Waits until an operation is over, and fails unless it succeeded. */
export async function succeeded(
  client: PortalClient,
  operationId: string,
): Promise<Operation> {
  const ended = await waitFor(
    async () => {
      const now = await client.operation(operationId);
      return now.finishedAt ? now : undefined;
    },
    { timeoutMs: LIMIT_MS, intervalMs: 500 },
  );
  assert.ok(ended, `The operation ends within ${LIMIT_MS / 60_000} minutes`);
  assert.equal(ended.status, 'succeeded', JSON.stringify(ended.failure));
  return ended;
}

/** Begins an operation on a cluster that nothing speaks against, and waits until it succeeded. */
export async function carryOut(
  client: PortalClient,
  clusterId: string,
  request: OperationRequest,
): Promise<Operation> {
  const { problems } = await client.plan(clusterId, request);
  assert.deepEqual(problems, []);
  const { operation } = await client.begin(clusterId, request);
  return await succeeded(client, operation.id);
}
