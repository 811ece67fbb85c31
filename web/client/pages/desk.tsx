import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { can } from '../../../domain/permissions.js';
import { Banners } from '../components/banners.js';
import type { PanelKind } from '../components/panel.js';
import { Queue } from '../components/queue.js';
import { Rail } from '../components/rail.js';
import { Residents } from '../components/residents.js';
import { SideLists } from '../components/side-lists.js';
import { Toaster } from '../components/toaster.js';
import { TopBar } from '../components/top-bar.js';
import type { Desk } from '../state/desk.js';
import { DeskContext, useDesk, useFrozen, useLive } from '../state/desk.js';
import { roomsToVisit, saveLastKnown } from '../state/last-known.js';
import { neverConnected } from '../state/live.js';
import { preferences } from '../state/preferences.js';
import { boardOf, type Scope } from '../state/queue.js';
import { Unreachable } from './unreachable.js';

export { openDesk } from '../state/session.js';

const Panels = lazy(() => import('../components/panels.js'));

/** The site chosen last time, else the first EHPAD, else everything. */
const startingScope = (desk: Desk): Scope => {
  const { site } = preferences.get();
  if (site === '*') return { site: null, unit: null };
  if (site !== null && desk.sites.has(site)) return { site, unit: null };
  const ehpad = [...desk.sites.values()].find(({ kind }) => kind === 'ehpad');
  return { site: ehpad?.id ?? (desk.sites.size === 1 ? ([...desk.sites.keys()][0] ?? null) : null), unit: null };
};

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

const Poste = () => {
  const { t } = useTranslation();
  const desk = useDesk();
  const frozen = useFrozen();
  const alerts = useLive((state) => state.alerts);
  const ready = useLive((state) => state.phase !== 'connecting');
  const unreachable = useLive(neverConnected);
  const [scope, setScope] = useState<Scope>(() => startingScope(desk));
  const [panel, setPanel] = useState<{ alert: string; kind: PanelKind } | null>(null);
  const board = useMemo(() => boardOf(alerts.values(), scope), [alerts, scope]);
  const followed = [...desk.residents.values()].filter(
    ({ site, unit }) => (scope.site === null || site === scope.site) && (scope.unit === null || unit === scope.unit),
  ).length;
  const toTake = board.queue.filter(({ workflow }) => workflow === 'open').length;
  const shown = panel === null ? undefined : alerts.get(panel.alert);
  useLastKnown();
  useEffect(() => {
    document.title = `${toTake > 0 ? `(${toTake}) ` : ''}${t('nav.desk')} — ${t('app.name')}`;
  }, [toTake, t]);
  const lists = can(desk.me, 'residents.read');
  const open = (alert: string, kind: PanelKind): void => setPanel({ alert, kind });
  return (
    <div className="app">
      <a className="skip" href="#alertes">
        {t('app.skip')}
      </a>
      <Rail toTake={toTake} />
      <div className="app-column">
        <div className="app-top">
          <TopBar scope={scope} elsewhere={board.elsewhere.length} onScope={setScope} />
          <Banners />
        </div>
        {unreachable ? (
          <Unreachable link={desk.link.link} retry={desk.link.retry} since={desk.store.get().startedAt} />
        ) : (
          <main id="alertes" className={`desk${frozen ? ' is-frozen' : ''}`} aria-busy={!ready}>
            {ready ? (
              <>
                <Queue board={board} followed={followed} open={open} />
                <div className="board">
                  {lists && <Residents scope={scope} />}
                  <SideLists board={board} open={open} />
                </div>
              </>
            ) : (
              <p className="loading">{t('app.loading')}</p>
            )}
          </main>
        )}
      </div>
      <Toaster />
      {panel && shown && (
        <Suspense>
          <Panels alert={shown} kind={panel.kind} close={() => setPanel(null)} />
        </Suspense>
      )}
    </div>
  );
};

/** The nurse's desk: what to do on the left, everybody on the right. */
export const DeskPage = ({ desk }: { readonly desk: Desk }) => (
  <DeskContext value={desk}>
    <Poste />
  </DeskContext>
);
