import '../styles/wall-tile.css';
import '../styles/wall.css';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { lastClosed } from '../api/resident.js';
import { LevelShapes } from '../components/level-badge.js';
import { ScreenLink } from '../components/screen-link.js';
import { WallBanner, WallHeader } from '../components/wall/header.js';
import { WallTile } from '../components/wall/tile.js';
import type { AlertView } from '../../protocol.js';
import { shortName, useDesk, useFormats, useFrozen, useLive, useNow } from '../state/desk.js';
import { neverConnected } from '../state/live.js';
import type { Level, Scope } from '../state/queue.js';
import { DESK_PATH } from '../state/route.js';
import { startingScope } from '../state/scope.js';
import { shiftAt, type Wall, wallOf } from '../state/wall.js';
import { Unreachable } from './unreachable.js';

const LEVELS: readonly Level[] = ['crit', 'stop', 'med', 'low', 'due', 'tech'];

/** Nothing presses: a sentence that says what was checked, no colour. */
const Calm = ({ site }: { readonly site: string | null }) => {
  const { t } = useTranslation();
  const formats = useFormats(site);
  const frozenSince = useLive((state) => state.frozenSince);
  const now = useNow();
  const [last, setLast] = useState<AlertView | null>(null);
  useEffect(() => {
    let isCurrent = true;
    lastClosed(site).then(
      (alert) => isCurrent && setLast(alert),
      () => undefined,
    );
    return () => {
      isCurrent = false;
    };
  }, [site]);
  const text = (): string | null => {
    if (!last?.closedAt) return null;
    const time = formats.moment(Date.parse(last.closedAt), now);
    const fact =
      last.room === null ? t('wall.lastClosed', { time }) : t('wall.lastClosedRoom', { time, room: last.room });
    return last.owner ? t('wall.lastClosedBy', { text: fact, name: shortName(last.owner.name) }) : fact;
  };
  return (
    <div className="wall-calm">
      <p>{frozenSince === null ? t('wall.calm') : t('wall.calmFrozen', { time: formats.exactTime(frozenSince) })}</p>
      {frozenSince === null && <p>{text()}</p>}
    </div>
  );
};

const Footer = ({ wall, scope }: { readonly wall: Wall; readonly scope: Scope }) => {
  const { t } = useTranslation();
  const { me, residents } = useDesk();
  const formats = useFormats(scope.site);
  const frozenSince = useLive((state) => state.frozenSince);
  const alerts = useLive((state) => state.alerts);
  const here = [...residents.values()].filter(({ site }) => scope.site === null || site === scope.site);
  const busy = new Set(
    [...alerts.values()].filter(({ workflow }) => workflow !== 'closed').map((one) => one.resident?.id),
  );
  const hidden = [...wall.hidden.values()].reduce((sum, count) => sum + count, 0);
  const words = (): string => {
    if (frozenSince !== null) return t('wall.frozenState', { time: formats.exactTime(frozenSince) });
    if (hidden > 0)
      return `${t('wall.hidden', { count: hidden })} : ${LEVELS.filter((level) => wall.hidden.has(level))
        .map((level) => `${t(`level.${level}`)} ${wall.hidden.get(level) ?? 0}`)
        .join(', ')}`;
    if (here.length === 0) return '';
    return t('wall.followed', { count: here.length, calm: here.filter(({ id }) => !busy.has(id)).length });
  };
  return (
    <footer className="wall-bottom">
      <ul aria-label={t('wall.counts')}>
        {LEVELS.map((level) => {
          const count = wall.counts.get(level) ?? 0;
          return (
            <li key={level} className={count === 0 ? 'is-none' : undefined}>
              <span className={`wall-key is-${level}`}>
                <LevelShapes level={level} />
                <span className="unseen">{t(`level.${level}`)}</span>
              </span>
              <b>{count}</b>
            </li>
          );
        })}
      </ul>
      <p className={hidden > 0 && frozenSince === null ? 'is-strong' : undefined}>{words()}</p>
      {me.role !== 'display' && (
        <ScreenLink className="wall-leave" href={DESK_PATH}>
          {t('wall.leave')}
        </ScreenLink>
      )}
    </footer>
  );
};

/** The exception wall: what presses, from across the room. Dark, no hover, no scroll, no name. */
const WallPage = () => {
  const { t } = useTranslation();
  const desk = useDesk();
  const frozen = useFrozen();
  const [scope] = useState<Scope>(() => startingScope(desk));
  const alerts = useLive((state) => state.alerts);
  const ready = useLive((state) => state.phase !== 'connecting');
  const unreachable = useLive(neverConnected);
  const [x, y] = shiftAt(useNow());
  const wall = useMemo(() => wallOf(alerts.values(), scope), [alerts, scope]);
  useEffect(() => {
    document.title = `${t('wall.title')} — ${t('app.name')}`;
  }, [t]);
  if (unreachable)
    return <Unreachable link={desk.link.link} retry={desk.link.retry} since={desk.store.get().startedAt} />;
  return (
    <div className={`wall${frozen ? ' is-frozen' : ''}`} data-theme="night">
      <WallBanner site={scope.site} />
      <div className="wall-sheet" style={{ transform: `translate(${x}px, ${y}px)` }}>
        <WallHeader scope={scope} />
        <main className="wall-main" aria-label={t('wall.alerts')}>
          {!ready && (
            <div className="wall-calm">
              <p>{t('wall.nothingSure')}</p>
            </div>
          )}
          {ready && wall.calm && <Calm site={scope.site} />}
          {ready && !wall.calm && (
            <ol className={`wall-tiles${wall.rows > 2 ? ' is-dense' : ''}`} data-rows={Math.min(6, wall.rows)}>
              {wall.tiles.map((alert) => (
                <WallTile key={alert.id} alert={alert} />
              ))}
            </ol>
          )}
        </main>
        {ready && <Footer wall={wall} scope={scope} />}
      </div>
    </div>
  );
};
export default WallPage;
