import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Suite } from './suites.ts';
import { TimeBudget } from './timeBudget.ts';

const suite = (usualMinutes: number, long = true): Suite => ({
  name: 'some',
  title: 'Some',
  command: ['true'],
  format: 'exit-code',
  limitMinutes: 60,
  usualMinutes,
  long,
});

test('a long suite runs as long as it ends in time', () => {
  const budget = new TimeBudget(75);
  budget.note(suite(20, false), 20);
  assert.equal(budget.fits(suite(55)), true);
  assert.equal(budget.fits(suite(56)), false);
});

test('a slow machine takes longer for what is to come', () => {
  const budget = new TimeBudget(75);
  budget.note(suite(20, false), 40);
  assert.equal(budget.expected(suite(15)), 30);
  assert.equal(budget.fits(suite(15)), true);
  assert.equal(budget.fits(suite(20)), false);
});

test('what must be known may take a little longer', () => {
  const budget = new TimeBudget(60, 55);
  assert.equal(budget.hasTimeFor(suite(20)), false);
  assert.equal(budget.hasTimeFor(suite(20), 15), true);
  assert.equal(budget.hasTimeFor(suite(20), 14), false);
});

test('a fast one gives no credit', () => {
  const budget = new TimeBudget(75);
  budget.note(suite(20, false), 5);
  assert.equal(budget.expected(suite(15)), 15);
});

test('short suites always run, and everything does without a limit', () => {
  const late = new TimeBudget(75, 74);
  assert.equal(late.fits(suite(20, false)), true);
  assert.equal(late.fits(suite(2)), false);
  assert.equal(new TimeBudget().fits(suite(1000)), true);
});
