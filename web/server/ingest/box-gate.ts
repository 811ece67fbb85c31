import { createHmac, randomBytes } from 'node:crypto';
import type { Box } from '../../../domain/device.js';
import { SECOND, type EpochMillis } from '../../../domain/time.js';
import { verifyPassword } from '../../../platform/password.js';
import type { Db } from '../../../platform/store/db.js';
import { mqttIdentity } from '../../../platform/store/registry.js';
import { createBackoff } from '../auth/backoff.js';
import { HttpProblem } from '../http/problem.js';

/** What an Authorization header says: whose password, or only a password. */
interface Claim {
  readonly username: string | null;
  readonly password: string;
}

/** A password without a name is tried on each box: only where that is few computations. */
const MOST_NAMELESS = 20;
const MOST_REMEMBERED = 1_000;

const pair = (text: string): Claim | null => {
  const colon = text.indexOf(':');
  return colon > 0 && colon < text.length - 1
    ? { username: text.slice(0, colon), password: text.slice(colon + 1) }
    : null;
};
const decoded = (token: string): Claim | null =>
  /^[A-Za-z0-9+/_-]+={0,2}$/.test(token) ? pair(Buffer.from(token, 'base64').toString('utf8')) : null;

/**
 * `Basic base64(username:password)` (RFC 7617), or `Bearer` with the same pair, plain or in base64, or with the
 * password alone. Null for anything else.
 */
const claimsOf = (header: string | undefined): readonly Claim[] => {
  const [, scheme, token] = /^(Basic|Bearer) +(\S+) *$/i.exec(header ?? '') ?? [];
  if (!scheme || !token) return [];
  const named = decoded(token);
  if (scheme.toLowerCase() === 'basic') return named ? [named] : [];
  const plain = pair(token);
  return [plain, plain ? null : named, { username: null, password: token }].filter((claim) => claim !== null);
};

const refused = (): HttpProblem =>
  new HttpProblem(
    401,
    'ingest.unauthorized',
    'Expected the username and password of a box',
    {},
    { 'www-authenticate': 'Basic realm="vigie", charset="UTF-8"' },
  );
const tooMany = (seconds: number): HttpProblem =>
  new HttpProblem(429, 'ingest.too_many_attempts', 'Too many wrong passwords', {}, { 'retry-after': String(seconds) });

interface Known {
  readonly username: string;
  readonly passwordHash: string;
}

/**
 * Which box sends. A pair that was verified once is known again by a keyed digest for as long as the stored hash stays
 * the same, so a message costs one look-up and no argon2, and a new password or a removed box counts at once. Wrong
 * passwords wait longer and longer, per address and name; what is known never waits, since all webhooks of a network
 * server come from one address.
 */
export const createBoxGate = ({ db, now }: { db: Db; now: () => EpochMillis }) => {
  const pepper = randomBytes(32);
  const known = new Map<string, Known>();
  const checking = new Map<string, Promise<Box | null>>();
  const backoff = createBackoff();

  const boxNamed = async (username: string): Promise<{ box: Box; passwordHash: string } | null> => {
    const found = await mqttIdentity(db, username);
    if (found?.identity.kind !== 'box') return null;
    const { id, site } = found.identity;
    return { box: { id, site }, passwordHash: found.passwordHash };
  };

  const remember = (digest: string, entry: Known): void => {
    known.set(digest, entry);
    if (known.size > MOST_REMEMBERED) known.delete(known.keys().next().value!);
  };

  const verify = async (username: string, password: string, digest: string): Promise<Box | null> => {
    const found = await boxNamed(username);
    if (!(await verifyPassword(found?.passwordHash ?? null, password)) || !found) return null;
    remember(digest, { username, passwordHash: found.passwordHash });
    return found.box;
  };

  /** One box only may have this password: two would be a guess. */
  const verifyNameless = async (password: string, digest: string): Promise<Box | null> => {
    const rows = await db
      .selectFrom('boxes')
      .select(['username', 'password_hash'])
      .where('password_hash', 'is not', null)
      .limit(MOST_NAMELESS + 1)
      .execute();
    if (rows.length > MOST_NAMELESS) return null;
    const fitting: string[] = [];
    for (const { username, password_hash } of rows)
      if (username !== null && (await verifyPassword(password_hash, password))) fitting.push(username);
    return fitting.length === 1 ? verify(fitting[0]!, password, digest) : null;
  };

  const firstFit = async (claims: readonly Claim[], digest: string): Promise<Box | null> => {
    for (const { username, password } of claims) {
      const box = username === null ? await verifyNameless(password, digest) : await verify(username, password, digest);
      if (box) return box;
    }
    return null;
  };

  /** Throws `HttpProblem` 401 or 429. */
  return async (header: string | undefined, address: string): Promise<Box> => {
    const claims = claimsOf(header);
    const first = claims[0];
    if (!header || !first) throw refused();
    const digest = createHmac('sha256', pepper).update(header).digest('base64');
    const remembered = known.get(digest);
    if (remembered) {
      const found = await boxNamed(remembered.username);
      if (found?.passwordHash === remembered.passwordHash) return found.box;
      known.delete(digest);
    }
    const key = `${address}\n${first.username ?? ''}`;
    const underWay = checking.get(digest);
    const wait = underWay ? 0 : backoff.wait(key, now());
    if (wait > 0) throw tooMany(Math.ceil(wait / SECOND));
    // Counted before it is checked: a hundred at once are a hundred attempts.
    if (!underWay) backoff.failed(key, now());
    const check = underWay ?? firstFit(claims, digest).finally(() => checking.delete(digest));
    checking.set(digest, check);
    const box = await check;
    if (!box) throw refused();
    backoff.succeeded(key);
    return box;
  };
};
