import { useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../domain/permissions.js';
import type { Me } from '../protocol.js';
import * as api from './api/calls.js';
import { ApiError } from './api/http.js';
import type { Link } from './api/live.js';
import { Login } from './pages/login.js';
import { Refused } from './pages/refused.js';
import { Unreachable } from './pages/unreachable.js';
import { forgetLastKnown } from './state/last-known.js';
import type { DeskSession } from './state/session.js';
import { createStore } from './state/store.js';

/** The desk comes in its own script, asked for at once so that it is there when the session is. */
const loadDesk = () => import('./pages/desk.js');
loadDesk().catch(() => undefined);

type DeskScript = Awaited<ReturnType<typeof loadDesk>>;

type Stage =
  | { name: 'starting' }
  | { name: 'signed-out'; ended: boolean }
  | { name: 'refused'; me: Me }
  | { name: 'desk'; session: DeskSession; Page: DeskScript['DeskPage'] }
  | { name: 'down'; since: number };

const RETRY_EVERY = 5_000;

/** From « who is there? » to the desk; asks again until the server answers. */
export const App = () => {
  const { t } = useTranslation();
  const [stage, setStage] = useState<Stage>({ name: 'starting' });
  const [link] = useState(() =>
    createStore<Link, Partial<Link>>({ attempt: 0, nextAt: null }, (state, change) => ({ ...state, ...change })),
  );

  const signedOut = useCallback((ended: boolean) => setStage({ name: 'signed-out', ended }), []);

  const signOut = useCallback(() => {
    forgetLastKnown();
    api.signOut().then(
      () => signedOut(false),
      () => signedOut(false),
    );
  }, [signedOut]);

  /** A refused live link may be a server that is restarting: only a 401 ends the session. */
  const refused = useCallback(() => {
    api.me().catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) signedOut(true);
    });
  }, [signedOut]);

  const enter = useCallback(
    async (me: Me) => {
      if (!can(me, 'alerts.read')) {
        setStage({ name: 'refused', me });
        return;
      }
      const [{ DeskPage, openDesk }, sites, residents] = await Promise.all([
        loadDesk(),
        api.sites(),
        can(me, 'residents.read') ? api.residents() : Promise.resolve([]),
      ]);
      setStage({ name: 'desk', session: openDesk({ me, sites, residents, signOut, refused }), Page: DeskPage });
    },
    [signOut, refused],
  );

  const start = useCallback(async () => {
    link.dispatch({ nextAt: null });
    try {
      await enter(await api.me());
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        signedOut(false);
        return;
      }
      link.dispatch({ attempt: link.get().attempt + 1, nextAt: Date.now() + RETRY_EVERY });
      setStage((old) => (old.name === 'down' ? old : { name: 'down', since: Date.now() }));
    }
  }, [enter, link, signedOut]);

  useEffect(() => {
    const first = setTimeout(() => void start(), 0);
    return () => clearTimeout(first);
  }, [start]);

  useEffect(() => {
    if (stage.name !== 'down') return undefined;
    const timer = setInterval(() => {
      const { nextAt } = link.get();
      if (nextAt !== null && nextAt <= Date.now()) void start();
    }, 500);
    return () => clearInterval(timer);
  }, [stage.name, link, start]);

  const session = stage.name === 'desk' ? stage.session : null;
  useEffect(() => () => session?.close(), [session]);

  switch (stage.name) {
    case 'starting':
      return <p className="loading">{t('app.loading')}</p>;
    case 'signed-out':
      return (
        <Login
          ended={stage.ended}
          onSignedIn={(me) => {
            enter(me).catch(() => void start());
          }}
        />
      );
    case 'refused':
      return <Refused me={stage.me} signOut={signOut} />;
    case 'down':
      return <Unreachable link={link} since={stage.since} retry={() => void start()} />;
    case 'desk':
      return <stage.Page desk={stage.session.desk} />;
  }
};
