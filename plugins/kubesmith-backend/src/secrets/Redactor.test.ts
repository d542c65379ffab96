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

  it('finds secrets that follow, overlap or nearly are another one', () => {
    const redact = (text: string) =>
      redactorOf('secret-1', 'aaaaaaab', 'abcdef-ghijkl').redact(text);
    expect(redact('secret-1secret-1')).toBe(`${REDACTED}${REDACTED}`);
    expect(redact('aaaaaaaaaaaab')).toBe(`aaaaa${REDACTED}`);
    expect(redact('abcdef-abcdef-ghijkl')).toBe(`abcdef-${REDACTED}`);
    expect(redact('secret-')).toBe('secret-');
    expect(redact('')).toBe('');
  });

  it('finds secrets that are added later', () => {
    const redactor = redactorOf();
    expect(redactor.redact('token-123456 ')).toBe('token-123456 ');
    redactor.add('token-123456');
    expect(redactor.redact('token-123456 ')).toBe(`${REDACTED} `);
  });

  it.each([
    ['of one length', () => 9],
    ['of many lengths', (n: number) => 6 + n],
  ])('finds what a search for each one by itself finds: %s', (_, bytes) => {
    const secrets = Array.from({ length: 40 }, (__, n) =>
      randomBytes(bytes(n)).toString('base64url'),
    );
    const redactor = redactorOf(...secrets);
    for (let round = 0; round < 200; round++) {
      const words = Array.from({ length: 20 }, () =>
        Math.random() < 0.3
          ? secrets[Math.floor(Math.random() * secrets.length)]
          : randomBytes(6).toString('hex'),
      );
      const text = words.join(Math.random() < 0.5 ? ' ' : '');
      const expected = secrets.reduce(
        (rest, secret) => rest.replaceAll(secret, REDACTED),
        text,
      );
      expect(redactor.redact(text)).toBe(expected);
    }
  });
});
