// The provider itself: one client, JWT access tokens for whatever resource it asks for.
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { generation, keyId } from './keys.mjs';

// The package lies in the cache of tools, which the environment names.
const require = createRequire(path.join(process.env.OPENID_PROVIDER, 'package.json'));
const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')));

const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** What a token shall be like travels beside the request for it, as a header of JSON. */
const WISHES = 'x-test-wishes';

const wishes = (ctx) => JSON.parse(ctx?.get(WISHES) || '{}');

export class Issuer {
  constructor({ issuer, auth0 }) {
    this.issuer = issuer;
    this.auth0 = auth0;
    // Where the issuer's URL has a path, the provider lies below it.
    this.mount = new URL(issuer).pathname.replace(/\/$/, '');
    this.number = 1;
    this.keys = generation(1);
    this.#renew();
  }

  /** A new generation of keys signs; the old ones stay published where `keep` says so. */
  rotate(keep) {
    this.number += 1;
    this.keys = [...generation(this.number), ...(keep ? this.keys : [])];
    this.#renew();
  }

  /** Answers a request of the provider's own. */
  handle(request, response) {
    // TLS ends in front of it, or is as good as there.
    request.headers['x-forwarded-proto'] = new URL(this.issuer).protocol.slice(0, -1);
    if (this.mount && request.url.startsWith(`${this.mount}/`)) {
      request.originalUrl = request.url;
      request.url = request.url.slice(this.mount.length);
    }
    this.callback(request, response);
  }

  get tokenPath() {
    return this.auth0 ? '/oauth/token' : '/token';
  }

  #renew() {
    const provider = new Provider(this.issuer, this.#configuration());
    provider.proxy = true;
    provider.on('server_error', (ctx, error) => console.error(error));
    this.callback = provider.callback();
  }

  #configuration() {
    const algorithms = { idTokenSigningAlgValues: ALGORITHMS };
    return {
      jwks: { keys: this.keys },
      clients: [{
        client_id: 'test',
        client_secret: 'secret',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      }],
      enabledJWA: algorithms,
      routes: this.auth0 ? { jwks: '/.well-known/jwks.json', token: '/oauth/token' } : {},
      features: {
        devInteractions: { enabled: false },
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (ctx, audience) => this.#resource(ctx, audience),
        },
      },
      ttl: { ClientCredentials: (ctx) => wishes(ctx).lifetime ?? 600 },
      formats: { customizers: { jwt: (ctx, token, parts) => this.#customize(ctx, parts) } },
    };
  }

  #resource(ctx, audience) {
    const { scope = '', algorithm = 'RS256' } = wishes(ctx);
    const sign = { alg: algorithm, kid: keyId(algorithm, this.number) };
    return { audience, scope, accessTokenFormat: 'jwt', jwt: { sign } };
  }

  /** Claims and header members as the test wishes them; `null` takes one away. */
  #customize(ctx, parts) {
    const { claims = {}, header = {} } = wishes(ctx);
    if (this.auth0) {
      // As Auth0 signs them: RFC 9068's type only on request, the client in `azp`.
      parts.header = { typ: 'JWT' };
      parts.payload.azp = parts.payload.client_id;
      parts.payload.sub = `${parts.payload.client_id}@clients`;
      parts.payload.gty = 'client-credentials';
      delete parts.payload.client_id;
    }
    parts.header = { ...parts.header, ...header };
    for (const [name, value] of Object.entries(claims)) {
      if (value === null) delete parts.payload[name];
      else parts.payload[name] = value;
    }
  }
}
