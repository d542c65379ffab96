/** docs/admin/runbooks.md on a real portal over SQLite: each line that is typed here is a line of that guide. */
import { after, before } from 'node:test';
import {
  lostKeyTests,
  rotateKeyTests,
} from './tests/runbooks/encryptionKeys.ts';
import { fullDiskTests } from './tests/runbooks/fullDisk.ts';
import { restoredDatabaseTests } from './tests/runbooks/restoredDatabase.ts';
import { RunbookSetting } from './tests/runbooks/RunbookSetting.ts';
import { stuckDeleteTests } from './tests/runbooks/stuckDelete.ts';

const setting = new RunbookSetting();
before(() => setting.up(), { timeout: 20 * 60_000 });
after(() => setting.end(), { timeout: 5 * 60_000 });

// In this order: one cluster is built in the first and deleted in the last.
fullDiskTests(setting);
rotateKeyTests(setting);
restoredDatabaseTests(setting);
lostKeyTests(setting);
stuckDeleteTests(setting);
