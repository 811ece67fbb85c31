import { useTranslation } from 'react-i18next';
import { TICK_EVERY_MS } from '../../../domain/liveness.js';
import { duration, preciseDuration } from '../i18n/format.js';
import { useDesk, useFormats, useLanguage, useLive, useNow } from '../state/desk.js';
import { useStore } from '../state/store.js';
import { Icon } from './icon.js';

const Tick = () => {
  const { t } = useTranslation();
  const language = useLanguage();
  const now = useNow();
  const phase = useLive((state) => state.phase);
  const age = useLive((state) =>
    state.tickAt === null ? null : Math.floor(Math.max(0, state.clockAt - state.tickAt) / 1000) * 1000,
  );
  const frozenSince = useLive((state) => state.frozenSince);
  if (phase === 'frozen')
    return (
      <div className="state is-bad">
        <span className="tick" aria-hidden="true" />
        <p>
          <b>{t('live.offline')}</b>
          <small>{t('live.since', { duration: preciseDuration(now - (frozenSince ?? now), language) })}</small>
        </p>
      </div>
    );
  if (phase === 'connecting' || age === null)
    return (
      <div className="state">
        <span className="tick" data-fill="0" aria-hidden="true" />
        <p>
          <b>{t('live.connecting')}</b>
          <small>{t('live.connectingDetail')}</small>
        </p>
      </div>
    );
  return (
    <div className="state">
      <span className="tick" data-fill={Math.min(5, Math.round(age / (TICK_EVERY_MS / 5)))} aria-hidden="true" />
      <p>
        <b>{t('live.live')}</b>
        <small>{t('live.tick', { age: duration(age, language) })}</small>
      </p>
    </div>
  );
};

const Sound = ({ site }: { readonly site: string | null }) => {
  const { t } = useTranslation();
  const { sound } = useDesk();
  const formats = useFormats(site);
  const view = useStore(sound.view, (state) => state);
  const silent = useLive((state) => state.phase !== 'live');
  const show = (icon: 'soundOn' | 'soundOff', word: string, detail: string, action: string, run: () => void) => (
    <button type="button" className="state" aria-label={`${word}, ${detail}. ${action}`} onClick={run}>
      <Icon name={icon} />
      <span>
        <b>{word}</b>
        <small>{detail}</small>
      </span>
    </button>
  );
  if (silent) return show('soundOff', t('sound.silent'), t('sound.silentDetail'), '', () => undefined);
  if (view.state === 'unsupported')
    return show('soundOff', t('sound.unsupported'), t('sound.unsupportedDetail'), '', () => undefined);
  if (view.state === 'blocked')
    return show('soundOff', t('sound.blocked'), t('sound.blockedDetail'), t('sound.enable'), sound.arm);
  if (view.pausedUntil !== null)
    return show('soundOff', t('sound.paused'), formats.exactTime(view.pausedUntil), t('sound.resume'), sound.resume);
  const checked = view.checkedAt === null ? '' : t('sound.armedDetail', { time: formats.time(view.checkedAt) });
  return show('soundOn', t('sound.armed'), checked, t('sound.armedAction'), sound.pause);
};

const Clock = ({ site }: { readonly site: string | null }) => {
  const now = useNow();
  const formats = useFormats(site);
  const exact = formats.exactTime(now);
  return (
    <div className="clock">
      <time dateTime={new Date(now).toISOString()}>
        {exact.slice(0, 5)}
        <span>{exact.slice(5)}</span>
      </time>
      <small>{formats.day(now)}</small>
    </div>
  );
};

/** The screen proves it is alive — tick, sound, clock with seconds — or says loudly that it is not. */
export const LiveState = ({ site }: { readonly site: string | null }) => {
  const { t } = useTranslation();
  return (
    <div className="states" role="group" aria-label={t('top.state')}>
      <Tick />
      <Sound site={site} />
      <Clock site={site} />
    </div>
  );
};
