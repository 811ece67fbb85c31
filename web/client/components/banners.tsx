import { useTranslation } from 'react-i18next';
import type { Trouble } from '../../protocol.js';
import { countdown, preciseDuration } from '../i18n/format.js';
import { useDesk, useFormats, useFrozen, useLanguage, useLive, useNow } from '../state/desk.js';
import { useStore } from '../state/store.js';
import { Icon } from './icon.js';

const FrozenBanner = ({ since }: { readonly since: number }) => {
  const { t } = useTranslation();
  const { link } = useDesk();
  const now = useNow();
  const language = useLanguage();
  const formats = useFormats(null);
  const seconds = useLive((state) => state.clockAt);
  const { nextAt, attempt } = useStore(link.link, (state) => state);
  const left = nextAt === null ? null : Math.max(0, Math.round((nextAt - seconds) / 1000));
  const label =
    left !== null ? t('frozen.retryIn', { seconds: left }) : attempt > 0 ? t('frozen.retrying') : t('frozen.retry');
  return (
    <section className="banner is-warning" aria-label={t('live.offline')}>
      <Icon name="offline" />
      <p>
        <b>{t('frozen.title', { time: formats.exactTime(since) })}</b>
        {t('frozen.detail', { duration: preciseDuration(now - since, language) })}
      </p>
      <button type="button" className="button" onClick={link.retry}>
        {label}
      </button>
    </section>
  );
};

const PausedBanner = ({ until }: { readonly until: number }) => {
  const { t } = useTranslation();
  const { sound } = useDesk();
  const now = useNow();
  return (
    <section className="banner is-info" aria-label={t('sound.paused')}>
      <Icon name="soundOff" />
      <p>
        <b>{t('sound.pausedBanner', { countdown: countdown(until - now) })}</b>
        {t('sound.pausedWhy')}
      </p>
      <button type="button" className="button is-line" onClick={sound.resume}>
        {t('sound.resume')}
      </button>
    </section>
  );
};

const BlockedBanner = () => {
  const { t } = useTranslation();
  const { sound } = useDesk();
  return (
    <section className="banner is-warning" aria-label={t('sound.blocked')}>
      <Icon name="soundOff" />
      <p>
        <b>{t('sound.blockedBanner')}</b>
        {t('sound.blockedWhy')}
      </p>
      <button type="button" className="button" onClick={sound.arm}>
        {t('sound.enable')}
      </button>
    </section>
  );
};

/** What is wrong with the system behind this page; the server writes the words. */
const TroubleBanner = ({ trouble }: { readonly trouble: Trouble }) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const down = trouble.state === 'down';
  return (
    <section className={`banner ${down ? 'is-warning' : 'is-info'}`} aria-label={t('trouble.title')}>
      <Icon name="gear" />
      <p>
        <b>{t(down ? 'trouble.down' : 'trouble.degraded')}</b>
        {trouble.text[language]}
      </p>
    </section>
  );
};

/** What is wrong with this page, for as long as it is; never dismissible. */
export const Banners = () => {
  const { sound } = useDesk();
  const frozen = useFrozen();
  const since = useLive((state) => state.frozenSince);
  const { state, pausedUntil } = useStore(sound.view, (view) => view);
  const trouble = useLive((live) => live.trouble.find(({ state: now }) => now === 'down') ?? live.trouble[0] ?? null);
  if (frozen && since !== null) return <FrozenBanner since={since} />;
  if (trouble?.state === 'down') return <TroubleBanner trouble={trouble} />;
  if (pausedUntil !== null) return <PausedBanner until={pausedUntil} />;
  if (state === 'blocked') return <BlockedBanner />;
  return trouble ? <TroubleBanner trouble={trouble} /> : null;
};
