/**
 * Imitates the OpenID Connect provider of a university (authorization code flow with PKCE, refresh tokens, profile, email and
 * groups claims), on the certified npm package `oidc-provider`. Leaves out passwords and consent, and forgets its sessions
 * and refresh tokens when it ends.
 */
import type {
  IncomingMessage,
  RequestListener,
  ServerResponse,
} from 'node:http';
import Provider, { type Configuration, type JWK } from 'oidc-provider';
import type { Person } from './people.ts';
import { signInPage } from './signInPage.ts';

/** Everything that the provider is told. Plain data, so that it can be handed over in a configuration file. */
export interface IdentityOptions {
  /** `http://localhost:<port>`; it listens on that port of the loopback. */
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Addresses that it may send people back to. */
  redirectUris: string[];
  /** Signs its cookies. */
  cookieKey: string;
}

const HOUR = 3600;

/** Request handler of the provider. */
export function createIdentityProvider(
  options: IdentityOptions,
  people: ReadonlyMap<string, Person>,
  signingKey: JWK,
): RequestListener {
  const provider = new Provider(
    options.issuer,
    configuration(options, people, signingKey),
  );
  const openid = provider.callback();
  return (request, response) => {
    if (!request.url?.startsWith('/interaction/'))
      return void openid(request, response);
    return void interaction(provider, people, request, response).catch(
      (error: Error) => {
        response.writeHead(400, {
          'Content-Type': 'text/plain; charset=utf-8',
        });
        response.end(
          `Sign-in failed: ${error.message}. Please start again from the portal.`,
        );
      },
    );
  };
}

function configuration(
  options: IdentityOptions,
  people: ReadonlyMap<string, Person>,
  signingKey: JWK,
): Configuration {
  // Cookies ignore ports: two labs, and a portal beside them, share the browser's cookies of "localhost".
  const prefix = `lab_${new URL(options.issuer).port}`;
  return {
    jwks: { keys: [signingKey] },
    clients: [
      {
        client_id: options.clientId,
        client_secret: options.clientSecret,
        redirect_uris: options.redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    // Claims in the id_token too, as most real providers do.
    conformIdTokenClaims: false,
    cookies: {
      keys: [options.cookieKey],
      names: {
        session: `${prefix}_session`,
        interaction: `${prefix}_interaction`,
        resume: `${prefix}_resume`,
      },
    },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    ttl: {
      AccessToken: HOUR,
      IdToken: HOUR,
      Interaction: HOUR / 6,
      Session: 8 * HOUR,
      Grant: 8 * HOUR,
      RefreshToken: 8 * HOUR,
    },
    // The default wants the scope offline_access and a consent page.
    issueRefreshToken: async (_ctx, client) =>
      client.grantTypeAllowed('refresh_token'),
    // The portal's session outlives this provider's cookie.
    expiresWithSession: async () => false,
    // Two tabs may refresh at once.
    rotateRefreshToken: false,
    interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
    async findAccount(_ctx, sub) {
      const person = people.get(sub);
      return (
        person && {
          accountId: sub,
          claims: async () => ({
            sub,
            name: person.displayName,
            preferred_username: person.name,
            email: person.email,
            email_verified: true,
            groups: person.groups,
          }),
        }
      );
    },
    // One trusted client: nobody is asked for consent.
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({
        clientId: oidc.client!.clientId,
        accountId: oidc.session!.accountId!,
      });
      grant.addOIDCScope('openid profile email groups');
      await grant.save();
      return grant;
    },
  };
}

/** Shows the list of people, and takes the choice. */
async function interaction(
  provider: Provider,
  people: ReadonlyMap<string, Person>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // Rejects without the cookie of the browser that began.
  await provider.interactionDetails(request, response);
  if (request.method === 'POST') {
    const accountId =
      new URLSearchParams(await smallBody(request)).get('person') ?? '';
    if (!people.has(accountId)) throw new Error('No such person');
    const result = { login: { accountId, remember: false } };
    await provider.interactionFinished(request, response, result);
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-store',
    // No form-action: it would also forbid the redirect back to the portal.
    'Content-Security-Policy':
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    'Referrer-Policy': 'no-referrer',
  });
  response.end(signInPage(people.values()));
}

async function smallBody(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) {
    body += chunk;
    if (body.length > 4096) throw new Error('The answer is too long');
  }
  return body;
}
