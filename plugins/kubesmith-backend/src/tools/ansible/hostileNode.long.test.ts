import {
  answering,
  type Misbehaviour,
  repeating,
  returning,
} from './__testUtils__/HostileNode';
import { HostilePlaybook, probeResult } from './__testUtils__/HostilePlaybook';

jest.setTimeout(15 * 60_000);

/** An empty playbook's process has 70 MiB; what a node may say is 4 MiB, of which Ansible makes a few copies. */
const MOST_MIB = 400;
const MIB = 1024 * 1024;

const cases: [string, Misbehaviour][] = [
  ['never stops to write', repeating('x'.repeat(65_536))],
  ['never stops to write lines', repeating('{"changed": false}\n'.repeat(999))],
  ['answers with one line of 10 MB', answering('x'.repeat(10 * MIB))],
  [
    'answers with a result of 10 MB',
    returning(probeResult({ stage: { text: 'x'.repeat(10 * MIB) } })),
  ],
  [
    'answers with JSON that is nested a million times',
    answering('['.repeat(MIB)),
  ],
  [
    'answers with a million of empty lists',
    answering(`{"a": [${'[],'.repeat(MIB)}[]]}\n`),
  ],
  [
    'answers with bytes that are no text',
    answering(Buffer.from([0xff, 0xfe, 0x00, 0xc3, 0x28, 0x0a])),
  ],
  [
    'fails with bytes that are no text in its message',
    answering(
      Buffer.concat([
        Buffer.from('{"failed": true, "msg": "'),
        Buffer.from([0xc3, 0x28, 0xff]),
        Buffer.from('"}\n'),
      ]),
    ),
  ],
  [
    'fails with escapes for terminals',
    returning({
      failed: true,
      msg: '\u001b]0;title\u0007\u001b[2J\u001b[31mred\u202e\u0000\u0008',
    }),
  ],
  ['closes without a word', channel => channel.close()],
  [
    'is killed',
    channel => {
      channel.exit('KILL', true);
      channel.end();
    },
  ],
];

describe('a playbook on a node that', () => {
  let playbook: HostilePlaybook;

  beforeEach(async () => {
    playbook = await HostilePlaybook.create();
  });
  afterEach(async () => {
    await playbook.remove();
  });

  it.each(cases)('%s fails with a code, and with flat memory', async (_what, misbehave) => {
    const { failure } = await playbook.fail(misbehave);
    expect(failure.code).toMatch(
      /^KUBESMITH-(PLAYBOOK-(FAILED|TRANSIENT)|NODE-UNREACHABLE)$/,
    );
    // eslint-disable-next-line no-control-regex
    expect(failure.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(failure.message.length).toBeLessThan(1000);
    expect(playbook.peakMiB).toBeGreaterThan(0);
    expect(playbook.peakMiB).toBeLessThan(MOST_MIB);
    const messages = playbook.events.filter(event => 'message' in event);
    expect(JSON.stringify(messages).length).toBeLessThan(10_000);
    expect(await playbook.canaries()).toEqual([]);
  });

  it('fails with template text in its message is quoted', async () => {
    const { template } = playbook;
    const { failure } = await playbook.fail(
      returning({ failed: true, msg: template, exception: template }),
    );
    expect(failure.message).toContain(template);
    expect(await playbook.canaries()).toEqual([]);
  });

  it('refuses with template text as its reason is quoted', async () => {
    const { template } = playbook;
    const { failure } = await playbook.fail(
      returning(probeResult({ decision: 'refuse', reason: template })),
    );
    expect(failure.message).toContain(template);
    expect(await playbook.canaries()).toEqual([]);
  });
});
