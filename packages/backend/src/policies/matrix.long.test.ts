import { writeFileSync } from 'node:fs';
import {
  leastCells,
  runMatrix,
  shippedPolicies,
} from './__testUtils__/matrix/runMatrix';
import { clusterNames } from './__testUtils__/matrix/standings';

jest.setTimeout(15 * 60_000);

it('gives everybody exactly what the table says, with every cluster', async () => {
  const tally = await runMatrix(clusterNames, { actions: true });
  const summary = process.env.KUBESMITH_MATRIX_SUMMARY;
  if (summary) writeFileSync(summary, String(tally));
  expect(tally.wrong).toEqual([]);
  expect(tally.cells).toBeGreaterThanOrEqual(leastCells(clusterNames));
});

it('notices one verb too many', async () => {
  const policies = shippedPolicies().replace(
    'verbs: [read, delete, extend, approve]',
    'verbs: [read, delete, extend, approve, access-viewer]',
  );
  expect(policies).not.toBe(shippedPolicies());
  const { wrong } = await runMatrix(['zebraown'], { policies });
  expect(wrong).toEqual([
    'instructor: issueGrant as viewer of zebraown: expected "no", got "yes"',
    'instructor: revokeGrant of somebody else of zebraown: expected "no", got "yes"',
  ]);
});
