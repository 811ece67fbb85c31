import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import session from 'express-session';
import type { EpochMillis } from '../../../domain/time.js';
import type { Store } from '../../../platform/store/db.js';
import { setSetting, settingsFor } from '../../../platform/store/settings.js';
import { principalOfSignIn, type SignIn } from './principals.js';
import { IDLE_SESSION, StoredSessions } from './session-store.js';

const SECRET = 'web.session_secret';

/** The cookie signature's key: made once, kept in the store, the same in every web process. */
const sessionSecret = (store: Store, now: EpochMillis): Promise<string> =>
  store.write(async (tx) => {
    const known = (await settingsFor(tx, SECRET)).get('default');
    if (typeof known === 'string') return known;
    const value = randomBytes(32).toString('base64url');
    await setSetting(tx, { scope: 'default', key: SECRET, value, author: 'system', at: now });
    return value;
  });

/** `__Host-` binds the cookie to this host and to HTTPS; browsers refuse the prefix without HTTPS. */
export const cookieName = (secure: boolean): string => (secure ? '__Host-vigie' : 'vigie');

/** The session cookie: HttpOnly, SameSite=Strict, Secure whenever the request came over HTTPS; moved forward by use, gone after 12 idle hours. */
export const sessionMiddleware = async (options: {
  store: Store;
  secure: boolean;
  now: () => EpochMillis;
}): Promise<RequestHandler> =>
  session({
    name: cookieName(options.secure),
    secret: await sessionSecret(options.store, options.now()),
    genid: () => randomBytes(24).toString('base64url'),
    store: new StoredSessions(options.store.db, options.now),
    resave: false,
    saveUninitialized: false,
    rolling: true,
    // TLS ends before us: the cookie is Secure whatever the last hop is. Else a proxy on this machine is believed.
    ...(options.secure ? { proxy: true } : {}),
    cookie: { httpOnly: true, sameSite: 'strict', secure: options.secure || 'auto', path: '/', maxAge: IDLE_SESSION },
  });

/** Puts the signed-in user, if any, where routes look for it. */
export const withPrincipal =
  ({ db }: Store): RequestHandler =>
  async (request, response, next) => {
    response.locals.principal = await principalOfSignIn(db, request.session.signIn ?? null);
    next();
  };

const promised = (run: (done: (error?: unknown) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => run((error) => (error ? reject(error as Error) : resolve())));

/** Starts a session under a new id: one that was planted before the sign-in is worth nothing after it. */
export const beginSession = async (request: Request, signIn: SignIn): Promise<void> => {
  await promised((done) => request.session.regenerate(done));
  request.session.signIn = signIn;
  await promised((done) => request.session.save(done));
};

export const endSession = (request: Request): Promise<void> => promised((done) => request.session.destroy(done));
