import {
  leastCells,
  missingRoutes,
  runMatrix,
} from './__testUtils__/matrix/runMatrix';

jest.setTimeout(420_000);

/** One of each kind of rights; all clusters are in the long test beside this. */
const CLUSTERS = ['zebraown', 'zebrashared'] as const;

it('has a row for every route of the API document', () => {
  expect(missingRoutes()).toEqual([]);
});

it('gives everybody exactly what the table says', async () => {
  const tally = await runMatrix(CLUSTERS);
  process.stdout.write(`${tally}\n`);
  expect(tally.wrong).toEqual([]);
  expect(tally.cells).toBeGreaterThanOrEqual(leastCells(CLUSTERS));
});
