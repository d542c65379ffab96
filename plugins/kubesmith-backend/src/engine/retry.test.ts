import type { Failure } from '@kubesmith/plugin-kubesmith-common';
import { decideRetry } from './retry';

describe('decideRetry', () => {
  const decide = (
    failureClass: Failure['class'],
    attempt: number,
    options: { ageMs?: number; mode?: 'limited' | 'forever' } = {},
  ) =>
    decideRetry({
      failure: {
        code: 'KUBESMITH-X',
        class: failureClass,
        message: '',
        nextStep: '',
      },
      mode: options.mode ?? 'limited',
      attempt,
      ageMs: options.ageMs ?? 0,
      random: () => 0,
    });

  it('should try transient failures again with growing pauses, five times', () => {
    const waits = [1, 2, 3, 4].map(attempt => decide('transient', attempt));
    expect(waits).toEqual(
      [5, 10, 20, 40].map(s => ({
        retry: true,
        waitMs: s * 1000,
        refundAttempt: false,
      })),
    );
    expect(decide('transient', 5)).toEqual({ retry: false });
    expect(decide('transient', 2, { ageMs: 15 * 60_000 })).toEqual({
      retry: false,
    });
  });

  it('should try a step once more that fails for the first time after a long time', () => {
    for (const failureClass of ['transient', 'ambiguous'] as const)
      expect(decide(failureClass, 1, { ageMs: 40 * 60_000 })).toMatchObject({
        retry: true,
      });
  });

  it('should look again soon when the outcome is not known', () => {
    expect(decide('ambiguous', 1)).toEqual({
      retry: true,
      waitMs: 2000,
      refundAttempt: false,
    });
  });

  it('should not count waiting for somebody else', () => {
    expect(decide('contention', 99)).toEqual({
      retry: true,
      waitMs: 10_000,
      refundAttempt: true,
    });
    expect(decide('contention', 1, { ageMs: 61 * 60_000 })).toEqual({
      retry: false,
    });
  });

  it('should try what it does not know once more, and permanent failures never', () => {
    expect(decide('unknown', 1)).toMatchObject({ retry: true });
    expect(decide('unknown', 2)).toEqual({ retry: false });
    expect(decide('permanent', 1)).toEqual({ retry: false });
  });

  it.each([
    'transient',
    'ambiguous',
    'contention',
    'unknown',
    'permanent',
  ] as const)('should never give up a deletion (%s)', failureClass => {
    const late = decide(failureClass, 1000, { mode: 'forever', ageMs: 1e9 });
    expect(late).toMatchObject({ retry: true });
    expect(late.retry && late.waitMs).toBeLessThanOrEqual(15 * 60_000);
  });
});
