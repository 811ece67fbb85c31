import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../domain/permissions.js';
import { Banners } from '../components/banners.js';
import type { OpenPanel, PanelKind } from '../components/panel.js';
import { Queue } from '../components/queue.js';
import { Rail } from '../components/rail.js';
import { emptyList, type ListMemory, Residents } from '../components/residents.js';
import { SideLists } from '../components/side-lists.js';
import { Toaster } from '../components/toaster.js';
import { TopBar } from '../components/top-bar.js';
import type { Desk } from '../state/desk.js';
import { DeskContext, useDesk, useFrozen, useLive } from '../state/desk.js';
import { roomsToVisit, saveLastKnown } from '../state/last-known.js';
import { neverConnected } from '../state/live.js';
import { type Board, boardOf, type Scope } from '../state/queue.js';
import { DESK_PATH, goTo, route, screenOf } from '../state/route.js';
import { startingScope } from '../state/scope.js';
import { useStore } from '../state/store.js';
import { Unreachable } from './unreachable.js';

export { openDesk } from '../state/session.js';

const Panels = lazy(() => import('../components/panels.js'));
const ResidentPage = lazy(() => import('./resident.js'));
const WallPage = lazy(() => import('./wall.js'));

/** Keeps the rooms to visit on this browser while the page is live. */
const useLastKnown = (): void => {
  const alerts = useLive((state) => state.alerts);
  const minute = useLive((state) =>
    state.phase === 'live' ? Math.floor((state.clockAt + state.offset) / 60_000) : null,
  );
  useEffect(() => {
    if (minute !== null) saveLastKnown({ at: Date.now(), rooms: roomsToVisit(alerts.values()) });
  }, [alerts, minute]);
};

interface PosteProps {
  readonly board: Board;
  readonly scope: Scope;
  readonly memory: ListMemory;
  onMemory(change: Partial<ListMemory>): void;
  readonly open: OpenPanel;
}

/** What to do on the left, everybody on the right. */
const Poste = ({ board, scope, memory, onMemory, open }: PosteProps) => {
  const { t } = useTranslation();
  const desk = useDesk();
  const frozen = useFrozen();
  const ready = useLive((state) => state.phase !== 'connecting');
  const followed = [...desk.residents.values()].filter(
    ({ site, unit }) => (scope.site === null || site === scope.site) && (scope.unit === null || unit === scope.unit),
  ).length;
  return (
    <main id="alertes" className={`desk${frozen ? ' is-frozen' : ''}`} aria-busy={!ready}>
      {ready ? (
        <>
          <Queue board={board} followed={followed} open={open} />
          <div className="board">
            {can(desk.me, 'residents.read') && <Residents scope={scope} memory={memory} onMemory={onMemory} />}
            <SideLists board={board} open={open} />
          </div>
        </>
      ) : (
        <p className="loading">{t('app.loading')}</p>
      )}
    </main>
  );
};

/** The frame of the working screens: where we look, proof of life, and the screen of the address. */
const Workplace = ({ resident }: { readonly resident: string | null }) => {
  const { t } = useTranslation();
  const desk = useDesk();
  const alerts = useLive((state) => state.alerts);
  const unreachable = useLive(neverConnected);
  const [scope, setScope] = useState<Scope>(() => startingScope(desk));
  const [panel, setPanel] = useState<{ alert: string; kind: PanelKind } | null>(null);
  const [memory, setMemory] = useState<ListMemory>(emptyList);
  const remember = useCallback((change: Partial<ListMemory>) => setMemory((old) => ({ ...old, ...change })), []);
  const board = useMemo(() => boardOf(alerts.values(), scope), [alerts, scope]);
  const toTake = board.queue.filter(({ workflow }) => workflow === 'open').length;
  const shown = panel === null ? undefined : alerts.get(panel.alert);
  useLastKnown();
  useEffect(() => {
    if (resident === null) document.title = `${toTake > 0 ? `(${toTake}) ` : ''}${t('nav.desk')} — ${t('app.name')}`;
  }, [resident, toTake, t]);
  const open: OpenPanel = useCallback((alert, kind) => setPanel({ alert, kind }), []);
  const look = (next: Scope): void => {
    setScope(next);
    goTo(DESK_PATH);
  };
  const page = () => {
    if (unreachable)
      return <Unreachable link={desk.link.link} retry={desk.link.retry} since={desk.store.get().startedAt} />;
    if (resident === null) return <Poste board={board} scope={scope} memory={memory} onMemory={remember} open={open} />;
    return (
      <Suspense fallback={<p className="loading">{t('app.loading')}</p>}>
        <ResidentPage id={resident} open={open} />
      </Suspense>
    );
  };
  return (
    <div className="app">
      <a className="skip" href="#alertes">
        {t('app.skip')}
      </a>
      <Rail toTake={toTake} here={resident === null} />
      <div className="app-column">
        <div className="app-top">
          <TopBar scope={scope} elsewhere={board.elsewhere.length} units={resident === null} onScope={look} />
          <Banners />
        </div>
        {page()}
      </div>
      <Toaster />
      {panel && (shown ?? panel.kind === 'journal') && (
        <Suspense>
          <Panels alert={panel.alert} known={shown ?? null} kind={panel.kind} close={() => setPanel(null)} />
        </Suspense>
      )}
    </div>
  );
};

/** A wall shows nothing else; every other screen is at its address. */
const Screens = () => {
  const { me } = useDesk();
  const path = useStore(route, (value) => value);
  const screen = screenOf(path);
  if (me.role === 'display' || screen.name === 'wall')
    return (
      <Suspense>
        <WallPage />
      </Suspense>
    );
  return <Workplace resident={screen.name === 'resident' ? screen.id : null} />;
};

/** The screens of a person, or of a wall, that is signed in. */
export const DeskPage = ({ desk }: { readonly desk: Desk }) => (
  <DeskContext value={desk}>
    <Screens />
  </DeskContext>
);
