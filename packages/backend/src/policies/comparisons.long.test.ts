import { describeComparisons } from './__testUtils__/comparisons';

jest.setTimeout(15 * 60_000);

describeComparisons({ quick: 10_000, catalog: 10_000 });
