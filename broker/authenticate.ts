import { createHmac, randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import type { MqttIdentity } from '../domain/device.js';
import type { EpochMillis, Millis } from '../domain/time.js';
import { sleep } from '../platform/retry.js';

/** Who may connect. Rejections mean "the store does not answer": the client is told to come back later. */
export interface Identities {
  byUsername(username: string): Promise<{ identity: MqttIdentity; passwordHash: string } | null>;
  byCertificate(commonName: string): Promise<MqttIdentity | null>;
}
/** `passwordHash` null = nobody of that name: must take as long and give false. */
export type VerifyPassword = (passwordHash: string | null, password: string) => Promise<boolean>;

/** CONNACK return codes of MQTT 3.1.1 §3.2.2.3. */
export const CONNACK = { identifierRejected: 2, unavailable: 3, badCredentials: 4, notAuthorized: 5 } as const;

export type Authentication =
  { readonly identity: MqttIdentity } | { readonly refused: string; readonly returnCode: 2 | 3 | 4 | 5 };

export interface Credentials {
  readonly username: string | undefined;
  readonly password: Buffer | undefined;
  readonly address: string;
  /** What TLS found out about the client; null = no TLS. */
  readonly certificate: ClientCertificate | null;
}
export interface ClientCertificate {
  readonly commonName: string | null;
  /** Verified against our client CA. */
  readonly trusted: boolean;
}

/** The certificate a client presented; null when it presented none (it may still give a password). */
export const clientCertificate = (connection: unknown): ClientCertificate | null => {
  const socket = connection as Partial<TLSSocket>;
  const certificate = socket.getPeerCertificate?.();
  if (!certificate || Object.keys(certificate).length === 0) return null;
  const name = certificate.subject?.CN;
  return { commonName: typeof name === 'string' && name !== '' ? name : null, trusted: socket.authorized === true };
};

/** Each wrong password doubles the wait before the next answer, up to this. */
const SLOWEST: Millis = 5_000;
const FIRST_WAIT: Millis = 250;
/** A wrong password is forgotten after this long. */
const FORGIVEN: Millis = 15 * 60_000;
const MOST_REMEMBERED = 20_000;

const bounded = <Value>(map: Map<string, Value>, key: string, value: Value): void => {
  map.delete(key);
  map.set(key, value);
  if (map.size > MOST_REMEMBERED) map.delete(map.keys().next().value!);
};

/**
 * Who is it? A verified client certificate first, else username and password. Wrong passwords are slowed down per
 * (address, username), so that nobody can lock a device out from elsewhere. A password that was verified once is known
 * again by a keyed digest of (stored hash, password) for as long as the process lives: a building that reconnects after
 * a power cut must not wait for two thousand argon2 computations.
 */
export const createAuthenticate = (options: {
  identities: Identities;
  verifyPassword: VerifyPassword;
  now: () => EpochMillis;
}) => {
  const { identities, verifyPassword, now } = options;
  const pepper = randomBytes(32);
  const verified = new Map<string, string>();
  const failures = new Map<string, { count: number; at: EpochMillis }>();

  const digest = (hash: string, password: string): string =>
    createHmac('sha256', pepper).update(hash).update('\0').update(password).digest('base64');

  const check = async (username: string, hash: string | null, password: string): Promise<boolean> => {
    const known = hash === null ? null : digest(hash, password);
    if (known !== null && verified.get(username) === known) return true;
    if (!(await verifyPassword(hash, password)) || known === null) return false;
    bounded(verified, username, known);
    return true;
  };

  const byPassword = async ({ username, password, address }: Credentials): Promise<Authentication> => {
    if (!username || !password) return { refused: 'no_credentials', returnCode: CONNACK.notAuthorized };
    const pair = `${address} ${username}`;
    const failed = failures.get(pair);
    if (failed && now() - failed.at < FORGIVEN) await sleep(Math.min(SLOWEST, FIRST_WAIT * 2 ** (failed.count - 1)));
    const found = await identities.byUsername(username);
    if (await check(username, found?.passwordHash ?? null, password.toString('utf8'))) {
      failures.delete(pair);
      if (found) return { identity: found.identity };
    }
    bounded(failures, pair, { count: Math.min((failures.get(pair)?.count ?? 0) + 1, 16), at: now() });
    return { refused: 'bad_credentials', returnCode: CONNACK.badCredentials };
  };

  return async (credentials: Credentials): Promise<Authentication> => {
    const { certificate } = credentials;
    try {
      if (!certificate) return await byPassword(credentials);
      if (!certificate.trusted || certificate.commonName === null)
        return { refused: 'untrusted_certificate', returnCode: CONNACK.notAuthorized };
      const identity = await identities.byCertificate(certificate.commonName);
      return identity ? { identity } : { refused: 'unknown_certificate', returnCode: CONNACK.notAuthorized };
    } catch {
      return { refused: 'identities_unavailable', returnCode: CONNACK.unavailable };
    }
  };
};
