import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { groups, twoAtATime } from './groups.ts';
import { suites, type Suite } from './suites.ts';

const suite = (name: string, beside?: boolean): Suite => ({
  name,
  title: name,
  command: ['true'],
  format: 'exit-code',
  limitMinutes: 1,
  usualMinutes: 1,
  beside,
});

test('only neighbours that may run beside each other are together', () => {
  const found = groups([
    suite('a', true),
    suite('b', true),
    suite('c'),
    suite('d'),
    suite('e', true),
    suite('f'),
  ]);
  assert.deepEqual(
    found.map(group => group.map(({ name }) => name).join('')),
    ['ab', 'c', 'd', 'e', 'f'],
  );
});

test('two at a time, and never three; the answers in the order of the items', async () => {
  let running = 0;
  let most = 0;
  const answers = await twoAtATime([30, 1, 1, 20, 1], async milliseconds => {
    most = Math.max(most, ++running);
    await delay(milliseconds);
    running--;
    return milliseconds;
  });
  assert.deepEqual(answers, [30, 1, 1, 20, 1]);
  assert.equal(most, 2);
});

test('nothing runs beside a suite that needs the lab or takes both cores', () => {
  for (const { name, command, beside } of suites)
    if (beside)
      assert.ok(
        !/jest|--lab|packages\/(lab|e2e)\/src|test_image|--maxWorkers/.test(
          command.join(' '),
        ),
        name,
      );
});
