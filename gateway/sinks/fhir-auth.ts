import { createPrivateKey, randomUUID } from 'node:crypto';
import { SignJWT, calculateJwkThumbprint, exportJWK, importJWK, type CryptoKey, type JWK, type KeyObject } from 'jose';
import { fetch, type Dispatcher } from 'undici';
import { VigieError } from '../../domain/errors.js';
import { SECOND, type EpochMillis } from '../../domain/time.js';

/** Where bearer tokens come from. */
export interface TokenSource {
  /** A token to send now. Throws `VigieError` `fhir.token` when none can be had. */
  token(signal: AbortSignal): Promise<string>;
  /** The server refused the last one; returns whether another may be had. */
  refuse(): boolean;
}

/** A token that somebody else looks after. */
export const staticToken = (token: string): TokenSource => ({
  token: () => Promise.resolve(token),
  refuse: () => false,
});

export interface BackendOptions {
  readonly baseUrl: string;
  readonly clientId: string;
  /** PEM (PKCS #8) or a JWK. */
  readonly privateKey: string;
  /** Default: `token_endpoint` of the server's `.well-known/smart-configuration`. */
  readonly tokenUrl?: string;
  readonly scope?: string;
  readonly dispatcher?: Dispatcher;
  readonly now?: () => EpochMillis;
}

interface SigningKey {
  readonly key: CryptoKey | KeyObject | Uint8Array;
  readonly alg: string;
  readonly kid: string;
}

/** SMART requires RS384 or ES384; other curves sign with their own algorithm. */
const algorithmOf = ({ kty, crv, alg }: JWK): string => {
  if (alg !== undefined) return alg;
  if (kty === 'RSA') return 'RS384';
  return crv === 'P-256' ? 'ES256' : crv === 'P-521' ? 'ES512' : 'ES384';
};

const signingKey = async (text: string): Promise<SigningKey> => {
  const jwk = text.trimStart().startsWith('{') ? (JSON.parse(text) as JWK) : await exportJWK(createPrivateKey(text));
  const alg = algorithmOf(jwk);
  return { key: await importJWK(jwk, alg), alg, kid: jwk.kid ?? (await calculateJwkThumbprint(jwk)) };
};

const failed = (why: string): VigieError => new VigieError('fhir.token', `no access token: ${why}`);
/** A token is renewed when this much of its life has passed. */
const RENEW_AT = 0.8;
const DEFAULT_LIFE = 300;

/**
 * SMART backend services (`private_key_jwt`, client credentials): the token is kept, renewed at 80 % of its life and
 * once when the server refuses it. Concurrent callers share one request.
 */
export const backendToken = (options: BackendOptions): TokenSource => {
  const { baseUrl, clientId, scope = 'system/*.cruds', dispatcher, now = Date.now } = options;
  let held: { token: string; until: EpochMillis } | null = null;
  let asking: Promise<string> | null = null;
  let endpoint = options.tokenUrl;
  let key: SigningKey | null = null;

  const json = async (url: string, init: { method?: string; body?: URLSearchParams }, signal: AbortSignal) => {
    const response = await fetch(url, { ...init, signal, ...(dispatcher ? { dispatcher } : {}) }).catch(() => {
      throw failed('the authorization server cannot be reached');
    });
    const body = (await response.json().catch(() => null)) as Record<string, unknown> | null;
    if (!response.ok || body === null) throw failed(`the authorization server answered ${response.status}`);
    return body;
  };
  const discover = async (signal: AbortSignal): Promise<string> => {
    const found = await json(`${baseUrl.replace(/\/$/, '')}/.well-known/smart-configuration`, {}, signal);
    if (typeof found.token_endpoint !== 'string') throw failed('smart-configuration names no token_endpoint');
    return found.token_endpoint;
  };
  const ask = async (signal: AbortSignal): Promise<string> => {
    endpoint ??= await discover(signal);
    key ??= await signingKey(options.privateKey).catch(() => {
      throw failed('FHIR_PRIVATE_KEY: expected a PKCS #8 PEM or a JWK');
    });
    const seconds = Math.floor(now() / SECOND);
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(endpoint)
      .setJti(randomUUID())
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + 240)
      .sign(key.key);
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      scope,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    });
    const answer = await json(endpoint, { method: 'POST', body }, signal);
    if (typeof answer.access_token !== 'string') throw failed('the answer holds none');
    const life = typeof answer.expires_in === 'number' ? answer.expires_in : DEFAULT_LIFE;
    held = { token: answer.access_token, until: now() + life * SECOND * RENEW_AT };
    return held.token;
  };

  return {
    token(signal) {
      if (held && now() < held.until) return Promise.resolve(held.token);
      asking ??= ask(signal).finally(() => (asking = null));
      return asking;
    },
    refuse() {
      held = null;
      return true;
    },
  };
};
