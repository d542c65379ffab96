import { randomBytes } from 'node:crypto';
import { REDACTED, Redactor } from './Redactor';

const TOKEN = 'p@ss/word+"quoted"=\\x';

function redactorOf(...secrets: Array<string | Buffer>) {
  const redactor = new Redactor();
  secrets.forEach(secret => redactor.add(secret));
  return redactor;
}

describe('Redactor', () => {
  it.each([
    ['as it is', TOKEN],
    ['JSON-escaped', JSON.stringify({ token: TOKEN })],
    ['URL-encoded', `?token=${encodeURIComponent(TOKEN)}&x=1`],
    ['in a form', new URLSearchParams({ token: TOKEN }).toString()],
    ['in base64', Buffer.from(TOKEN).toString('base64')],
    ['in base64url', Buffer.from(TOKEN).toString('base64url')],
    ['after 1 byte in base64', Buffer.from(`a${TOKEN}b`).toString('base64')],
    ['after 2 bytes in base64', Buffer.from(`ab${TOKEN}`).toString('base64')],
    [
      'in a basic authorization',
      Buffer.from(`kubesmith:${TOKEN}`).toString('base64'),
    ],
  ])('finds a secret %s', (_, text) => {
    const redacted = redactorOf(TOKEN).redact(`before ${text} after`);
    expect(redacted).toContain(REDACTED);
    expect(redacted).toMatch(/^before .* after$/);
    expect(redacted).not.toContain(TOKEN);
    for (const encoding of ['base64', 'base64url'] as const) {
      const inner = Buffer.from(TOKEN).toString(encoding).slice(4, 16);
      expect(redacted).not.toContain(inner);
    }
    expect(decodeURIComponent(redacted.replace(/\+/g, ' '))).not.toContain(
      'word+"quoted"',
    );
  });

  it('finds the lines of a private key one by one, and keeps its frame', () => {
    const body = randomBytes(140)
      .toString('base64')
      .match(/.{1,70}/g)!;
    const key = ['-----BEGIN KEY-----', ...body, '-----END KEY-----', ''].join(
      '\n',
    );
    const log = body.map((line, i) => `{"${i}": "${line}"}`).join('\r\n');
    const redacted = redactorOf(key).redact(`-----BEGIN KEY-----\n${log}`);
    expect(redacted).toContain('-----BEGIN KEY-----');
    for (const line of body.slice(0, 2)) {
      expect(redacted).not.toContain(line);
    }
  });

  it('leaves other text and short strings alone', () => {
    const redactor = redactorOf('abc', 'secret-token');
    expect(redactor.redact('abc: the token is public')).toBe(
      'abc: the token is public',
    );
    expect(new Redactor().redact('anything')).toBe('anything');
  });

  it('takes the longest of secrets that begin alike', () => {
    const redactor = redactorOf('secret-1', 'secret-1-and-more');
    expect(redactor.redact('x secret-1-and-more x secret-1 x')).toBe(
      `x ${REDACTED} x ${REDACTED} x`,
    );
  });

  it('finds secrets wherever a stream is cut', () => {
    const secrets = ['secret-1', 'secret-1-and-more', TOKEN, 'aaaaaaab'];
    const text = `a secret-1-and-more, ${TOKEN}! aaaaaaaaaaaab ${JSON.stringify(
      TOKEN,
    )} secret-1`;
    const whole = redactorOf(...secrets).redact(text);
    for (let first = 0; first <= text.length; first++) {
      for (const step of [1, 3, 7, 50]) {
        const stream = redactorOf(...secrets).stream();
        let out = stream.write(text.slice(0, first));
        for (let at = first; at < text.length; at += step) {
          out += stream.write(text.slice(at, at + step));
        }
        out += stream.end();
        expect(out).toBe(whole);
      }
    }
    secrets.forEach(secret => expect(whole).not.toContain(secret));
  });

  it('does not hold back what cannot be the beginning of a secret', () => {
    const stream = redactorOf('secret-token').stream();
    expect(stream.write('step 1 done\n')).toBe('step 1 done\n');
    expect(stream.write('the sec')).toBe('the ');
    expect(stream.write('ond step\n')).toBe('second step\n');
    expect(stream.end()).toBe('');
  });

  it('finds secrets that are added later', () => {
    const redactor = redactorOf();
    const stream = redactor.stream();
    expect(stream.write('token-123456 ')).toBe('token-123456 ');
    redactor.add('token-123456');
    expect(stream.write('token-123456 ')).toBe(`${REDACTED} `);
  });

  it('transforms bytes, with characters and secrets cut in the middle', async () => {
    const secret = 'schlüssel-ärger';
    const bytes = Buffer.from(`vorher ${secret} nachher`);
    const transform = redactorOf(secret).createTransform();
    for (const byte of bytes) {
      transform.write(Buffer.from([byte]));
    }
    transform.end();
    const chunks: Buffer[] = [];
    for await (const chunk of transform) {
      chunks.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(chunks).toString()).toBe(`vorher ${REDACTED} nachher`);
  });

  it('is fast enough for long logs', () => {
    const secrets = Array.from({ length: 20 }, () =>
      randomBytes(200).toString('base64'),
    );
    const stream = redactorOf(...secrets).stream();
    const line = `${'TASK [common : Install packages] ok: [demo-cp-1] => '.repeat(
      2,
    )}\n`;
    const begin = performance.now();
    let length = 0;
    for (let i = 0; i < 20_000; i++) {
      length += stream.write(line).length;
    }
    expect(length + stream.end().length).toBe(line.length * 20_000);
    // About 2 MB; the limit is far above what it takes, so that a busy machine does not fail it.
    expect(performance.now() - begin).toBeLessThan(10_000);
  });
});
