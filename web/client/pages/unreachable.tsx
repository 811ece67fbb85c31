import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Link } from '../api/live.js';
import { Icon } from '../components/icon.js';
import { formatsFor } from '../i18n/format.js';
import { loadLastKnown } from '../state/last-known.js';
import { type ReadonlyStore, useStore } from '../state/store.js';

interface UnreachableProps {
  readonly link: ReadonlyStore<Link>;
  /** Local time of the first failure. */
  readonly since: number;
  retry(): void;
}

/** Local time, once a second: nothing of the server is known here. */
const useLocalNow = (): number => {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, []);
  return now;
};

/** Nothing was ever received: what may not be working, which rooms to visit, whom to tell. */
export const Unreachable = ({ link, since, retry }: UnreachableProps) => {
  const { t, i18n } = useTranslation();
  const { attempt, nextAt } = useStore(link, (state) => state);
  const now = useLocalNow();
  const [known] = useState(loadLastKnown);
  const language = i18n.language === 'en' ? 'en' : 'fr';
  const formats = formatsFor(language, Intl.DateTimeFormat().resolvedOptions().timeZone);
  const seconds = nextAt === null ? null : Math.max(0, Math.ceil((nextAt - now) / 1000));
  const rooms = known?.rooms ?? [];
  return (
    <main id="alertes" className="outage" role="alert">
      <span className="outage-sign">
        <Icon name="offline" />
      </span>
      <p className="eyebrow">{t('unreachable.since', { time: formats.exactTime(since) })}</p>
      <h1>{t('unreachable.title')}</h1>
      <p className="outage-next" aria-live="off">
        {seconds === null
          ? t('unreachable.trying', { attempt: attempt + 1 })
          : t('unreachable.next', { seconds, attempt: attempt + 1 })}
      </p>
      <button type="button" className="button is-primary is-large" onClick={retry}>
        <Icon name="refresh" />
        <span>{t('unreachable.retry')}</span>
      </button>
      <ul className="panel outage-list">
        <li>
          <Icon name="bell" />
          <p>
            <b>{t('unreachable.alerts')}</b>
            {t('unreachable.alertsText')}
          </p>
        </li>
        <li>
          <Icon name="eye" />
          <p>
            <b>{t('unreachable.todo')}</b>
            {known && rooms.length > 0
              ? t('unreachable.rooms', { rooms: formats.list(rooms), time: formats.moment(known.at, now) })
              : t('unreachable.noRooms')}
          </p>
        </li>
        <li>
          <Icon name="phone" />
          <p>
            <b>{t('unreachable.warn')}</b>
            {t('unreachable.warnText')}
          </p>
        </li>
      </ul>
      <p className="help">{t('unreachable.foot')}</p>
    </main>
  );
};
