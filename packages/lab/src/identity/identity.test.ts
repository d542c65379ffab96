import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readPeople, type Person } from './people.ts';
import { createIdentityProvider } from './provider.ts';
import { signingKey } from './signingKey.ts';

const PEOPLE = fileURLToPath(
  new URL('../../../../examples/people.yaml', import.meta.url),
);
const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const CALLBACK = 'http://localhost:7007/api/auth/oidc/handler/frame';

let folder: string;
let server: Server;
let issuer: string;
let people: Map<string, Person>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubesmith-identity-'));
  people = await readPeople(PEOPLE);
  const key = await signingKey(join(folder, 'key.json'));
  server = createServer((request, response) => handler(request, response));
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const handler = createIdentityProvider(
    {
      issuer,
      clientId: 'backstage',
      clientSecret: 'secret',
      redirectUris: [CALLBACK],
      cookieKey: 'cookie',
    },
    people,
    key,
  );
});

after(async () => {
  server.closeAllConnections();
  server.close();
  await rm(folder, { recursive: true });
});

/** A browser without a window: keeps cookies, follows redirects as long as they stay with the provider. */
class Browser {
  readonly #cookies = new Map<string, string>();

  async open(
    url: string,
    form?: Record<string, string>,
  ): Promise<{ url: string; response: Response }> {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: {
        cookie: [...this.#cookies]
          .map(([name, value]) => `${name}=${value}`)
          .join('; '),
      },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.#cookies.set(name!, value!);
    }
    const location = response.headers.get('location');
    if (!location)
      return (await this.#submitted(url, response)) ?? { url, response };
    const next = new URL(location, url).href;
    return next.startsWith(issuer)
      ? await this.open(next)
      : { url: next, response };
  }

  /** A page that submits its form by itself, as the one that forgets the person before does. */
  async #submitted(
    url: string,
    response: Response,
  ): Promise<{ url: string; response: Response } | undefined> {
    const html = await response.clone().text();
    if (!html.includes('.submit()')) return undefined;
    const action = /action="([^"]+)"/.exec(html)![1]!;
    const fields = [
      ...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g),
    ];
    return await this.open(
      new URL(action, url).href,
      Object.fromEntries(fields.map(([, name, value]) => [name!, value!])),
    );
  }
}

interface Tokens {
  access_token: string;
  id_token: string;
  refresh_token: string;
}

const authorization = (changes: Record<string, string> = {}) => {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: 'backstage',
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid profile email groups',
    state: 'our-state',
    prompt: 'login',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...changes,
  });
  return { verifier, url: `${issuer}/auth?${query}` };
};

const token = async (body: Record<string, string>) =>
  await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from('backstage:secret').toString(
        'base64',
      )}`,
    },
    body: new URLSearchParams(body),
  });

async function signIn(
  person: string,
  browser = new Browser(),
): Promise<Tokens> {
  const { verifier, url } = authorization();
  const page = await browser.open(url);
  const back = new URL((await browser.open(page.url, { person })).url);
  assert.equal(back.searchParams.get('state'), 'our-state');
  const answer = await token({
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: CALLBACK,
    code_verifier: verifier,
  });
  assert.equal(answer.status, 200, await answer.clone().text());
  return (await answer.json()) as Tokens;
}

const claimsOf = (jwt: string) =>
  JSON.parse(Buffer.from(jwt.split('.')[1]!, 'base64url').toString());

describe('the identity provider', { concurrency: false }, () => {
  it('has two students, an instructor and an administrator', () => {
    assert.deepEqual(
      [...people.values()].map(({ name, groups }) => [name, groups]),
      [
        ['student-1', ['students']],
        ['student-2', ['students']],
        ['instructor', ['instructors']],
        ['administrator', ['administrators']],
      ],
    );
  });

  it('signs each of them in, with name, e-mail address and groups', async () => {
    for (const person of people.values()) {
      const tokens = await signIn(person.name);
      const claims = claimsOf(tokens.id_token);
      assert.equal(claims.sub, person.name);
      assert.equal(claims.iss, issuer);
      const userinfo = await fetch(`${issuer}/me`, {
        headers: { Authorization: `Bearer ${tokens.access_token}` },
      });
      assert.deepEqual(await userinfo.json(), {
        sub: person.name,
        name: person.displayName,
        preferred_username: person.name,
        email: person.email,
        email_verified: true,
        groups: person.groups,
      });
    }
  });

  it('lets two people be signed in by one browser after the other, asking each time', async () => {
    const browser = new Browser();
    assert.equal(
      claimsOf((await signIn('student-1', browser)).id_token).sub,
      'student-1',
    );
    assert.equal(
      claimsOf((await signIn('instructor', browser)).id_token).sub,
      'instructor',
    );
  });

  it('renews tokens, also for two tabs at once', async () => {
    const { refresh_token } = await signIn('student-2');
    const renew = () => token({ grant_type: 'refresh_token', refresh_token });
    for (const answer of await Promise.all([renew(), renew()])) {
      assert.equal(answer.status, 200);
      assert.equal(
        claimsOf(((await answer.json()) as Tokens).id_token).sub,
        'student-2',
      );
    }
  });

  it('shows a page that says it is a demo, lists the people, and loads nothing', async () => {
    const { response } = await new Browser().open(authorization().url);
    const html = await response.text();
    assert.match(html, /This is a demo.*no passwords/);
    assert.match(html, /<html lang="en">/);
    for (const { name, displayName } of people.values()) {
      assert.ok(
        html.includes(`value="${name}"><strong>${displayName}</strong>`),
      );
    }
    assert.match(
      response.headers.get('content-security-policy')!,
      /default-src 'none'/,
    );
  });

  it('refuses strangers, other callbacks, missing PKCE and foreign browsers', async () => {
    const browser = new Browser();
    const page = await browser.open(authorization().url);
    assert.equal(
      (await browser.open(page.url, { person: 'mallory' })).response.status,
      400,
    );
    assert.equal(
      (await new Browser().open(page.url, { person: 'student-1' })).response
        .status,
      400,
    );
    const elsewhere = await new Browser().open(
      authorization({ redirect_uri: 'http://localhost:9/x' }).url,
    );
    assert.equal(elsewhere.response.status, 400);
    const plain = new URL(authorization().url);
    plain.searchParams.delete('code_challenge');
    const refused = new URL((await new Browser().open(plain.href)).url);
    assert.equal(refused.searchParams.get('error'), 'invalid_request');
  });

  it('keeps its signing key over a restart', async () => {
    const file = join(folder, 'key.json');
    assert.deepEqual(await signingKey(file), await signingKey(file));
  });

  it('does not run in production', () => {
    const { status, stderr } = spawnSync(process.execPath, [MAIN, '/nowhere'], {
      env: { ...process.env, NODE_ENV: 'production' },
      encoding: 'utf8',
    });
    assert.equal(status, 1);
    assert.match(stderr, /no passwords/);
  });
});
