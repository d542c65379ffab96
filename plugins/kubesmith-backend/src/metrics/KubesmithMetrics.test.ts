import { metricsServiceMock } from '@backstage/backend-test-utils/alpha';
import { findingKinds } from '../reconciler/kinds';
import { createKubesmithMetrics } from './KubesmithMetrics';

describe('KubesmithMetrics', () => {
  it('should tell of each kind of finding how many are open, when asked', async () => {
    const metrics = metricsServiceMock.mock();
    const addCallback = jest.fn();
    metrics.createObservableGauge.mockReturnValue({
      addCallback,
      removeCallback: jest.fn(),
    });
    let open = new Map([['orphan-machine' as const, 3]]);
    createKubesmithMetrics(metrics).openFindings(async () => open);
    const read = async () => {
      const observe = jest.fn();
      await addCallback.mock.calls[0][0]({ observe });
      return new Map(
        observe.mock.calls.map(([value, { kind }]) => [kind, value]),
      );
    };
    const first = await read();
    expect([...first.keys()]).toEqual(findingKinds);
    expect(first.get('orphan-machine')).toBe(3);
    expect(first.get('machine-missing')).toBe(0);
    // What ended goes down to nothing.
    open = new Map();
    expect((await read()).get('orphan-machine')).toBe(0);
  });
});
