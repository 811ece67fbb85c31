import { useTranslation } from 'react-i18next';
import { DAY } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';
import { useFormats, useFrozen, useLanguage, useNow } from '../state/desk.js';
import { duration } from '../i18n/format.js';

const measuredAt = (alert: AlertView): number | null => {
  const last = alert.evidence.at(-1);
  return last ? Date.parse(last.time) : null;
};

/** « depuis 6 min »; a clock time once frozen; « a duré 12 min » when the condition is over. */
export const AlertSince = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const now = useNow();
  const frozen = useFrozen();
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const start = Date.parse(alert.startedAt);
  const text = (): string => {
    if (alert.condition === 'ended' && alert.endedAt !== null)
      return t('card.lasted', { duration: duration(Date.parse(alert.endedAt) - start, language) });
    if (frozen) return t('card.at', { time: formats.moment(start, now) });
    if (now - start >= DAY) return t('card.since', { duration: formats.moment(start, now) });
    return t('card.since', { duration: duration(now - start, language) });
  };
  return <span className="card-since">{text()}</span>;
};

/** The line under the fact: when it was measured, how far the escalation is, what is known of the state. */
export const AlertMeta = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const now = useNow();
  const frozen = useFrozen();
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const measured = measuredAt(alert);
  const known = measured ?? Date.parse(alert.startedAt);
  const age = formats.age(known, now);
  if (frozen)
    return (
      <p className="card-meta">
        {measured === null
          ? t('card.raised', { time: formats.moment(known, now) })
          : t('card.lastKnown', { time: formats.exactTime(known) })}
      </p>
    );
  if (alert.condition === 'indeterminate')
    return (
      <p className="card-meta">
        <b>{t('card.lost', { duration: duration(now - known, language) })}</b>, {t('card.lostDetail')}
      </p>
    );
  if (alert.condition === 'ended')
    return <p className="card-meta">{t('card.backDetail', { message: alert.message[language] })}</p>;
  const time = formats.moment(known, now);
  const fact = (): string => {
    if (measured === null) return t('card.raised', { time });
    return t(alert.direction === 'event' ? 'card.event' : 'card.measured', { time, age });
  };
  return (
    <p className="card-meta">
      {fact()}
      {alert.condition === 'recovering' && ` · ${t('card.recovering')}`}
      {alert.escalation.level > 0 && ` · ${t('card.step', { level: alert.escalation.level })}`}
    </p>
  );
};
