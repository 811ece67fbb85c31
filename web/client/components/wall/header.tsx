import { useTranslation } from 'react-i18next';
import { TICK_EVERY_MS } from '../../../../domain/liveness.js';
import { countdown, duration } from '../../i18n/format.js';
import { useDesk, useFormats, useLanguage, useLive, useNow } from '../../state/desk.js';
import type { Scope } from '../../state/queue.js';
import { useStore } from '../../state/store.js';
import { Icon } from '../icon.js';

const Alive = () => {
  const { t } = useTranslation();
  const language = useLanguage();
  const phase = useLive((state) => state.phase);
  const age = useLive((state) =>
    state.tickAt === null ? null : Math.floor(Math.max(0, state.clockAt - state.tickAt) / 1000) * 1000,
  );
  if (phase === 'frozen')
    return (
      <p className="wall-state is-bad">
        <span className="tick" aria-hidden="true" />
        {t('wall.lost')}
      </p>
    );
  return (
    <p className="wall-state">
      <span className="tick" data-fill={Math.min(5, Math.round((age ?? 0) / (TICK_EVERY_MS / 5)))} aria-hidden="true" />
      {phase === 'connecting' || age === null ? t('wall.connecting') : t('wall.live', { age: duration(age, language) })}
    </p>
  );
};

const Sound = () => {
  const { t } = useTranslation();
  const { sound } = useDesk();
  const now = useNow();
  const { state, pausedUntil } = useStore(sound.view, (view) => view);
  const live = useLive((one) => one.phase === 'live');
  if (!live || state === 'unsupported')
    return (
      <p className="wall-state">
        <Icon name="soundOff" />
        {t(live ? 'sound.unsupported' : 'wall.noSound')}
      </p>
    );
  if (state === 'blocked')
    return (
      <button type="button" className="wall-state is-blocked" onClick={sound.arm}>
        <Icon name="soundOff" />
        {t('wall.soundBlocked')}
      </button>
    );
  return (
    <p className="wall-state">
      <Icon name={pausedUntil === null ? 'soundOn' : 'soundOff'} />
      {pausedUntil === null ? t('sound.armed') : t('sound.pausedBanner', { countdown: countdown(pausedUntil - now) })}
    </p>
  );
};

/** Where, alive, audible, and the time. */
export const WallHeader = ({ scope }: { readonly scope: Scope }) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const now = useNow();
  const site = scope.site === null ? null : sites.get(scope.site);
  const formats = useFormats(scope.site);
  const exact = formats.exactTime(now);
  const name = site ? (site.kind === 'home' ? t('wall.title') : site.name.replace(/^EHPAD /, '')) : t('top.allSites');
  return (
    <header className="wall-top">
      <div className="wall-place">
        <h1>{name}</h1>
        <p>{site && site.units.length > 0 ? t('wall.allUnits') : formats.day(now)}</p>
      </div>
      <div className="wall-states" role="group" aria-label={t('top.state')}>
        <Alive />
        <Sound />
      </div>
      <time className="wall-clock" dateTime={new Date(now).toISOString()}>
        {exact.slice(0, 5)}
        <span>{exact.slice(5)}</span>
      </time>
    </header>
  );
};

/** Frozen first, then what fails behind the screen; both for as long as they are true. */
export const WallBanner = ({ site }: { readonly site: string | null }) => {
  const { t } = useTranslation();
  const { link } = useDesk();
  const language = useLanguage();
  const formats = useFormats(site);
  const now = useNow();
  const since = useLive((state) => state.frozenSince);
  const clockAt = useLive((state) => Math.floor(state.clockAt / 1000) * 1000);
  const trouble = useLive((state) => state.trouble.find(({ state: how }) => how === 'down') ?? null);
  const { nextAt } = useStore(link.link, (state) => state);
  if (since !== null)
    return (
      <section className="wall-banner" aria-label={t('live.offline')}>
        <Icon name="offline" />
        <p>
          <b>{t('wall.frozen', { time: formats.exactTime(since) })}</b>
          {t('wall.frozenDetail')}
        </p>
        <p className="wall-retry">
          <b>{countdown(now - since)}</b>
          {nextAt === null
            ? t('wall.retrying')
            : t('wall.retryIn', { seconds: Math.max(0, Math.round((nextAt - clockAt) / 1000)) })}
        </p>
      </section>
    );
  if (!trouble) return null;
  return (
    <section className="wall-banner" aria-label={t('trouble.title')}>
      <Icon name="gear" />
      <p>
        <b>{t('wall.down')}</b>
        {trouble.text[language]}
      </p>
    </section>
  );
};
