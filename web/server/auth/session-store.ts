import { createHash } from 'node:crypto';
import { type SessionData, Store as SessionStore } from 'express-session';
import { HOUR, MINUTE, type EpochMillis, type Millis } from '../../../domain/time.js';
import type { Db } from '../../../platform/store/db.js';
import { sessionDestroy, sessionGet, sessionSet } from '../../../platform/store/sessions.js';
import type { SignIn } from './principals.js';

declare module 'express-session' {
  interface SessionData {
    signIn?: SignIn;
  }
}

/** A shift. A session nobody used for this long has to sign in again. */
export const IDLE_SESSION: Millis = 12 * HOUR;
/** The end of a session is moved at most this often: a dashboard asks far more. */
const TOUCH_EVERY: Millis = 5 * MINUTE;

/** The database holds a digest: who reads a backup cannot use the sessions in it. */
const keyOf = (sid: string): string => createHash('sha256').update(sid).digest('base64url');

const parseSession = (data: string | null): SessionData | null =>
  data === null ? null : (JSON.parse(data) as SessionData);

/** The sign-in of a session that has not ended; null otherwise. */
export const signInOf = async (db: Db, sid: string, now: EpochMillis): Promise<SignIn | null> =>
  parseSession(await sessionGet(db, keyOf(sid), now))?.signIn ?? null;

type Done = ((error?: unknown) => void) | undefined;

/** express-session over our store: sessions survive a restart and are shared by every web process. */
export class StoredSessions extends SessionStore {
  readonly #touched = new Map<string, EpochMillis>();

  constructor(
    readonly db: Db,
    readonly now: () => EpochMillis,
  ) {
    super();
  }

  override get(sid: string, callback: (error: unknown, session?: SessionData | null) => void): void {
    sessionGet(this.db, keyOf(sid), this.now()).then(
      (data) => callback(null, parseSession(data)),
      (error: unknown) => callback(error),
    );
  }

  override set(sid: string, session: SessionData, callback?: (error?: unknown) => void): void {
    this.#write(sid, session, callback);
  }

  override touch(sid: string, session: SessionData, callback?: () => void): void {
    if (this.now() - (this.#touched.get(sid) ?? -Infinity) < TOUCH_EVERY) callback?.();
    else this.#write(sid, session, callback as Done);
  }

  override destroy(sid: string, callback?: (error?: unknown) => void): void {
    this.#touched.delete(sid);
    sessionDestroy(this.db, keyOf(sid)).then(
      () => callback?.(),
      (error: unknown) => callback?.(error),
    );
  }

  #write(sid: string, session: SessionData, callback: Done): void {
    this.#touched.set(sid, this.now());
    const expiresAt = this.now() + IDLE_SESSION;
    sessionSet(this.db, { sid: keyOf(sid), data: JSON.stringify(session), expiresAt }).then(
      () => callback?.(),
      (error: unknown) => callback?.(error),
    );
  }
}
