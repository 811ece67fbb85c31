import { Router, type Request } from 'express';
import { rateLimit } from 'express-rate-limit';
import { MINUTE, SECOND, type EpochMillis } from '../../../domain/time.js';
import { verifyPassword } from '../../../platform/password.js';
import { audit } from '../../../platform/store/audit.js';
import type { Store } from '../../../platform/store/db.js';
import { userByName } from '../../../platform/store/users.js';
import { credentialsSchema, type Me } from '../../protocol.js';
import { HttpProblem, parse, sendProblem, unauthenticated } from '../http/problem.js';
import { principalOf } from '../http/route.js';
import { createBackoff } from './backoff.js';
import { credentialOf } from './principals.js';
import { beginSession, cookieName, endSession } from './session.js';

/** A whole EHPAD may sign in from one address at the change of shift; only failures count. */
const FAILURES_PER_ADDRESS = 100;
const WINDOW = 15 * MINUTE;
/** From everywhere together: slows a spread attack on one name without shutting its owner out for long. */
const FREE_PER_NAME = 30;

const tooMany = (seconds: number): HttpProblem =>
  new HttpProblem(
    429,
    'session.too_many_attempts',
    'Too many attempts: wait, then try again',
    { retryAfter: seconds },
    {
      'retry-after': String(seconds),
    },
  );

/** `POST /session` and `DELETE /session`. The answer to a wrong name and to a wrong password is the same, as late. */
export const signInRoutes = (options: {
  store: Store;
  secure: boolean;
  now: () => EpochMillis;
  onEnd: (sid: string) => void;
}): Router => {
  const { store, now } = options;
  const perNameAndAddress = createBackoff();
  const perName = createBackoff({ free: FREE_PER_NAME });
  const record = (actor: string, action: string, outcome: string): Promise<void> =>
    audit(store.db, { at: now(), actor, action, object: 'session', outcome });

  const perAddress = rateLimit({
    windowMs: WINDOW,
    limit: FAILURES_PER_ADDRESS,
    skipSuccessfulRequests: true,
    standardHeaders: false,
    legacyHeaders: false,
    handler: (_request, response) => sendProblem(response, tooMany(Math.ceil(MINUTE / SECOND))),
  });

  /** Counts the attempt before it is checked: a hundred at once are a hundred attempts. */
  const attempt = (request: Request, username: string): (() => void) => {
    const keys = [
      { backoff: perNameAndAddress, key: `${username}\n${request.ip ?? ''}` },
      { backoff: perName, key: username },
    ];
    const wait = Math.max(...keys.map(({ backoff, key }) => backoff.wait(key, now())));
    if (wait > 0) throw tooMany(Math.ceil(wait / SECOND));
    for (const { backoff, key } of keys) backoff.failed(key, now());
    return () => keys.forEach(({ backoff, key }) => backoff.succeeded(key));
  };

  const router = Router();
  router.post('/session', perAddress, async (request, response) => {
    const { username, password } = parse(credentialsSchema, request.body, 'body');
    const succeeded = attempt(request, username);
    const user = await userByName(store.db, username);
    const usable = user && !user.disabled ? user : null;
    const verified = await verifyPassword(usable?.passwordHash ?? null, password);
    if (!usable || !verified) {
      await record(user ? `user:${user.username}` : 'unknown', 'session.begin', 'refused');
      throw new HttpProblem(401, 'session.invalid_credentials', 'Wrong name or password');
    }
    succeeded();
    await beginSession(request, { username: usable.username, credential: credentialOf(usable.passwordHash) });
    await record(`user:${usable.username}`, 'session.begin', 'done');
    const me: Me = { username: usable.username, name: usable.name, role: usable.role, sites: [...usable.sites] };
    response.json(me);
  });
  router.delete('/session', async (request, response) => {
    const principal = principalOf(response);
    if (!principal) throw unauthenticated();
    const sid = request.sessionID;
    await endSession(request);
    options.onEnd(sid);
    await record(`user:${principal.username}`, 'session.end', 'done');
    response.clearCookie(cookieName(options.secure), { path: '/', secure: options.secure, sameSite: 'strict' });
    response.status(204).end();
  });
  return router;
};
