import { attendanceOf, stopReasonOf } from '../../engine/stop';
import type { LineHandler, RunExit, SupervisedRun } from './SupervisedRun';

/**
 * Follows a run to its end. A cancelled operation interrupts the tool and waits for its end before it gives up; any other
 * abort leaves the tool alone. Rejects with the signal's reason in both cases.
 */
export async function followRun(
  run: SupervisedRun,
  options: {
    signal: AbortSignal;
    onStdout?: LineHandler;
    onStderr?: LineHandler;
    files?: Record<string, LineHandler>;
  },
): Promise<RunExit> {
  try {
    return await run.wait({
      ...options,
      attendedUntil: () => attendanceOf(options.signal)?.until,
    });
  } catch (error) {
    if (stopReasonOf(options.signal) === 'cancelled') {
      await run.stop();
    }
    throw error;
  }
}
