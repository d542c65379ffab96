import { schedulesTests } from './__testUtils__/simulated/schedulesTests';

jest.setTimeout(120_000);

// Waiting takes no time.
jest.mock('node:timers/promises', () => ({
  ...jest.requireActual('node:timers/promises'),
  setTimeout: async (
    _: number,
    value: unknown,
    options?: { signal?: AbortSignal },
  ) => {
    await new Promise<void>(resolve => setImmediate(resolve));
    options?.signal?.throwIfAborted();
    return value;
  },
}));
jest.mock('../steps/services', () => {
  const { SimulatedAnsible, SimulatedTerraform } = jest.requireActual(
    './__testUtils__/simulated/simulatedTools',
  );
  return {
    ...jest.requireActual('../steps/services'),
    terraformOf: (context: any) =>
      new SimulatedTerraform(context, context.services.tools),
    ansibleOf: (context: any) =>
      new SimulatedAnsible(context, context.services.tools),
  };
});

schedulesTests(15);
