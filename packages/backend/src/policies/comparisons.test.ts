import { describeComparisons } from './__testUtils__/comparisons';

jest.setTimeout(180_000);

describeComparisons({ quick: 300, catalog: 60 });
