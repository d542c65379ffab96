/** A portal that is killed while it makes a cluster, until that is ready; `e2e.test.ts` looks as far as its machines. */
import { after, before } from 'node:test';
import { crashTests } from './tests/crash.ts';
import { Setting } from './tests/Setting.ts';

const setting = new Setting('e2e-crash');
before(() => setting.up(), { timeout: 20 * 60_000 });
after(() => setting.end(), { timeout: 5 * 60_000 });

crashTests(setting, { toTheEnd: true });
