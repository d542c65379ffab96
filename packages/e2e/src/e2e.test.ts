/**
 * The whole path on the lab, in one process: all tests share one lab instance and one portal, which end with it.
 * One part alone: `node --test --test-name-pattern "killed" packages/e2e/src/e2e.test.ts`
 */
import { after, before } from 'node:test';
import { accessTests } from './tests/access.ts';
import { browserTests } from './tests/browser.ts';
import { crashTests } from './tests/crash.ts';
import { failureTests } from './tests/failure.ts';
import { pathTests } from './tests/path.ts';
import { refusalTests } from './tests/refusals.ts';
import { Setting } from './tests/Setting.ts';

const setting = new Setting();
before(() => setting.up(), { timeout: 20 * 60_000 });
after(() => setting.end(), { timeout: 5 * 60_000 });

refusalTests(setting);
pathTests(setting);
browserTests(setting);
accessTests(setting);
failureTests(setting);
crashTests(setting, { toTheEnd: false });
