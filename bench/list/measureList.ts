import { deepStrictEqual, equal } from 'node:assert/strict';
import { type Figure, figure } from '../figures';
import { describePairs, measurePairs, ratiosOf } from '../measure';
import { ListPortal } from './ListPortal';
import type { Engine } from './databases';
import { LOAD_ALL_PATH } from './loadAllThenFilter';
import { ADMINISTRATOR, CLUSTERS, FEW, MANY, PAGE } from './people';

const LIST = `/v1/clusters?limit=${PAGE}`;
const AT_MOST = { atMost: 1.5 };
const WHY =
  'Why, as profiled on SQLite in November 2026: page and count both look through the table with the conditions (3 ms), the permission framework parses the conditions of six permissions anew for each request (2 ms), and they are asked about each cluster shown (0.6 ms).';
const STAND_INS =
  'Real: HTTP between processes, plugin, permission framework, our policy module with the policies that ship. Stand-ins: tokens are taken at their word, no catalog behind the sign-in, nothing is built.';

/** What one page of 50 out of 10 000 clusters costs somebody who may not see all, against somebody who may. */
export async function* measureList(engine: Engine): AsyncGenerator<Figure> {
  const portal = await ListPortal.start(engine);
  try {
    await check(portal);
    const asAdministrator = () => portal.ask(LIST, ADMINISTRATOR);
    const asFew = () => portal.ask(LIST, FEW);
    const asMany = () => portal.ask(LIST, MANY);
    const often = { pairs: 7, calls: 30, warmUp: 20 };

    const few = await measurePairs({ a: asFew, b: asAdministrator }, often);
    yield figure({
      name: `list.filtered-page.${engine}`,
      values: ratiosOf(few),
      target: AT_MOST,
      note: `p50 of a page of ${PAGE} for somebody who sees ${
        portal.seen.few
      } of ${CLUSTERS} clusters / for an administrator, who sees all: ${describePairs(
        few,
      )}. ${STAND_INS}`,
      why: WHY,
    });

    const many = await measurePairs({ a: asMany, b: asAdministrator }, often);
    yield figure({
      name: `list.filtered-page-many.${engine}`,
      values: ratiosOf(many),
      target: AT_MOST,
      note: `The same for somebody who sees ${
        portal.seen.many
      } of ${CLUSTERS}: ${describePairs(many)}.`,
      why: WHY,
    });

    const all = await measurePairs(
      { a: () => portal.ask(LOAD_ALL_PATH, FEW), b: asFew },
      { pairs: 5, calls: 5, warmUp: 2 },
    );
    yield figure({
      name: `list.load-all-then-filter.${engine}`,
      values: ratiosOf(all),
      note: `For comparison: p50 of the same page when all clusters are read and then asked about one by one / as the portal does it: ${describePairs(
        all,
      )}.`,
    });
  } finally {
    await portal.stop();
  }
}

/** Measures nothing that is not the same work: full pages, of the right clusters. */
async function check(portal: ListPortal): Promise<void> {
  const totals = {
    [ADMINISTRATOR]: CLUSTERS,
    [FEW]: portal.seen.few,
    [MANY]: portal.seen.many,
  };
  for (const [userRef, total] of Object.entries(totals)) {
    const page = await portal.ask(LIST, userRef);
    equal(page.total, total, `${userRef} sees another number of clusters`);
    equal(page.items.length, PAGE, `${userRef} gets no full page`);
  }
  deepStrictEqual(
    await portal.ask(LOAD_ALL_PATH, FEW),
    await portal.ask(LIST, FEW),
    'The list to compare with answers something else',
  );
}
