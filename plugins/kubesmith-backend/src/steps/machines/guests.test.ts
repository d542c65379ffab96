import type { NodeRecord } from '../../database/records';
import type { Context } from '../services';
import { waitForGuests } from './guests';

jest.mock('node:timers/promises', () => ({
  ...jest.requireActual('node:timers/promises'),
  setTimeout: async () => {},
}));

describe('A machine that never boots', () => {
  afterEach(() => jest.restoreAllMocks());

  it('ends the step after five minutes with its name, to be tried again, and is not made a second time', async () => {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (now += 10_000));
    const asked: string[] = [];
    const proxmox = new Proxy(
      {},
      {
        get: (_, name) => async () => {
          asked.push(String(name));
          return name === 'vmStatus' ? { status: 'running' } : false;
        },
      },
    );
    const context = {
      services: { proxmox },
      progress: () => {},
      event: () => {},
      signal: new AbortController().signal,
    } as unknown as Context;
    const node = { name: 'demo-w-1', host: 'pve1', vmid: 20_001 } as NodeRecord;
    await expect(waitForGuests(context, [node], 'key')).rejects.toMatchObject({
      failure: {
        code: 'KUBESMITH-AGENT-SILENT',
        message: expect.stringContaining('demo-w-1'),
      },
    });
    // It was asked, and nothing was done to it.
    expect([...new Set(asked)].sort()).toEqual(['agentAnswers', 'vmStatus']);
  });
});
