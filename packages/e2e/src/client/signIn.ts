import { setTimeout as sleep } from 'node:timers/promises';

/** Every single request to the portal or the identity provider. */
const REQUEST_MS = 20_000;
const MAX_REDIRECTS = 10;
/** Name of the sign-in in app-config.lab.yaml. */
const ENVIRONMENT = 'lab';
/** A token is replaced this long before it ends. */
const RENEW_BEFORE_MS = 120_000;

interface BackstageIdentity {
  token: string;
  expiresInSeconds: number;
  identity: { userEntityRef: string; ownershipEntityRefs: string[] };
}

/** Cookies of a browser, for Playwright's `context.addCookies`. */
export interface BrowserCookie {
  name: string;
  value: string;
  domain: string;
  path: string;
  httpOnly: boolean;
  sameSite: 'Lax';
}

/** A person who is signed in to the portal. */
export interface Session {
  userEntityRef: string;
  /** A Backstage token that is still good. */
  token(): Promise<string>;
  /** Requests something from the portal as this person; `path` begins with `/api/`. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** With these a browser is signed in at its first request. */
  cookies(): BrowserCookie[];
}

/**
 * Signs in as a demo person the way a browser does: the portal's start page, the identity provider's list of people, back to
 * the portal. Waits while the portal does not know its people yet, which is the case for a second or two after its start.
 */
export async function signIn(
  person: string,
  options: { portal: string; timeoutMs?: number },
): Promise<Session> {
  const giveUpAt = Date.now() + (options.timeoutMs ?? 60_000);
  for (;;) {
    try {
      return await signInOnce(person, options.portal);
    } catch (error) {
      const notYet =
        error instanceof Error &&
        /unable to resolve user identity|fetch failed|timeout/i.test(
          error.message,
        );
      if (!notYet || Date.now() > giveUpAt) throw error;
      await sleep(500);
    }
  }
}

async function signInOnce(person: string, portal: string): Promise<Session> {
  const browser = new Browser();
  const page = await browser.follow(
    `${portal}/api/auth/oidc/start?env=${ENVIRONMENT}&scope=openid%20profile%20email`,
  );
  const frame = page.url.includes('/interaction/')
    ? await browser.follow(page.url, {
        method: 'POST',
        body: new URLSearchParams({ person }),
      })
    : page;
  const encoded = /authResponse = decodeURIComponent\('([^']*)'\)/.exec(
    frame.body,
  )?.[1];
  if (!encoded)
    throw new Error(
      `Sign-in as '${person}' failed: ${frame.body.slice(0, 500)}`,
    );
  const { error, response } = JSON.parse(decodeURIComponent(encoded));
  if (error) throw new Error(`Sign-in as '${person}' failed: ${error.message}`);

  let identity: BackstageIdentity;
  let renewAt = 0;
  const keep = (answer: { backstageIdentity: BackstageIdentity }) => {
    identity = answer.backstageIdentity;
    renewAt = Date.now() + identity.expiresInSeconds * 1000 - RENEW_BEFORE_MS;
  };
  keep(response);
  const renew = async () => {
    const answer = await browser.request(
      `${portal}/api/auth/oidc/refresh?env=${ENVIRONMENT}`,
      {
        headers: { 'X-Requested-With': 'XMLHttpRequest' },
      },
    );
    if (!answer.ok)
      throw new Error(
        `The session of '${person}' is over: ${
          answer.status
        } ${await answer.text()}`,
      );
    keep((await answer.json()) as { backstageIdentity: BackstageIdentity });
  };
  const token = async () => {
    if (Date.now() > renewAt) await renew();
    return identity.token;
  };
  return {
    userEntityRef: identity!.identity.userEntityRef,
    token,
    fetch: async (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set('Authorization', `Bearer ${await token()}`);
      return await fetch(portal + path, {
        signal: AbortSignal.timeout(REQUEST_MS * 3),
        ...init,
        headers,
      });
    },
    cookies: () => browser.cookiesOf(portal),
  };
}

/** As much of a browser as a sign-in needs: cookies by origin, and redirects. */
class Browser {
  /** `${origin} ${name}` to value. Cookies of two ports are two jars here, other than in a real browser. */
  readonly #jar = new Map<string, string>();

  async request(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url);
    const headers = new Headers(init.headers);
    const cookies = [...this.#jar].filter(([key]) =>
      key.startsWith(`${origin} `),
    );
    headers.set(
      'Cookie',
      cookies
        .map(([key, value]) => `${key.slice(origin.length + 1)}=${value}`)
        .join('; '),
    );
    const response = await fetch(url, {
      ...init,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    for (const line of response.headers.getSetCookie()) {
      const match = /^([^=]+)=([^;]*)/.exec(line);
      if (!match) continue;
      const key = `${origin} ${match[1]}`;
      if (/;\s*(max-age=0|expires=thu, 01 jan 1970)/i.test(line))
        this.#jar.delete(key);
      else this.#jar.set(key, match[2]!);
    }
    return response;
  }

  async follow(
    start: string,
    init?: RequestInit,
  ): Promise<{ url: string; body: string }> {
    let url = start;
    for (let hop = 0; hop < MAX_REDIRECTS; hop++) {
      const response = await this.request(url, hop === 0 ? init : undefined);
      const location = response.headers.get('location');
      if (!location) return { url, body: await response.text() };
      await response.body?.cancel();
      url = new URL(location, url).href;
    }
    throw new Error(`More than ${MAX_REDIRECTS} redirects from ${start}`);
  }

  cookiesOf(portal: string): BrowserCookie[] {
    return [...this.#jar]
      .filter(([key]) => key.startsWith(`${portal} oidc-`))
      .map(([key, value]) => ({
        name: key.slice(portal.length + 1),
        value,
        domain: new URL(portal).hostname,
        path: '/api/auth/oidc',
        httpOnly: true,
        sameSite: 'Lax',
      }));
  }
}
