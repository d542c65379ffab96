import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ProcessGroups } from './ProcessGroups.ts';

test('ends a suite with all that it started, and leaves what was removed alone', async () => {
  const groups = new ProcessGroups();
  // The shell's child keeps standard output open: `close` comes when both are gone.
  const start = () =>
    spawn('sh', ['-c', 'sleep 60 & echo started; wait'], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const [ended, kept] = [start(), start()];
  await Promise.all([once(ended.stdout, 'data'), once(kept.stdout, 'data')]);
  groups.add(ended.pid!);
  groups.add(kept.pid!);
  groups.remove(kept.pid!);

  const closed = once(ended, 'close');
  groups.signalAll('SIGTERM');
  assert.deepEqual(await closed, [null, 'SIGTERM']);
  assert.equal(kept.exitCode ?? kept.signalCode, null);

  const keptClosed = once(kept, 'close');
  groups.signal(kept.pid!, 'SIGTERM');
  await keptClosed;
  assert.doesNotThrow(() => groups.signal(kept.pid!, 'SIGTERM'));
});
