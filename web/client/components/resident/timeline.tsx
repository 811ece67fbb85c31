import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { DAY } from '../../../../domain/time.js';
import type { AlertView } from '../../../protocol.js';
import { duration } from '../../i18n/format.js';
import { shortName, useFormats, useLanguage, useLive } from '../../state/desk.js';
import { levelOf } from '../../state/queue.js';
import { type Moment, timelineOf } from '../../state/timeline.js';
import { Icon } from '../icon.js';
import { LevelBadge } from '../level-badge.js';
import type { OpenPanel } from '../panel.js';

const FIRST = 12;

interface RowProps {
  readonly moment: Moment;
  readonly now: number;
  readonly open: OpenPanel;
}

const Row = ({ moment: { at, kind, alert }, now, open }: RowProps) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const name = alert.owner ? shortName(alert.owner.name) : '';
  const took = alert.closedAt === null ? 0 : Date.parse(alert.closedAt) - Date.parse(alert.startedAt);
  const standing = (): string => {
    if (alert.closedAt !== null)
      return t('resident.timeline.closed', { time: formats.moment(Date.parse(alert.closedAt), now) });
    const who =
      alert.workflow === 'open' || name === ''
        ? t('resident.timeline.open')
        : t(`resident.timeline.${alert.workflow === 'snoozed' ? 'snoozed' : 'claimed'}`, { name });
    return alert.condition === 'ended' ? `${t('resident.timeline.ended')}, ${who}` : who;
  };
  const label = (
    <button
      type="button"
      className="link"
      aria-label={t('resident.timeline.journalOf', { message: alert.message[language] })}
      onClick={() => open(alert.id, 'journal')}
    >
      {t('resident.timeline.journal')}
    </button>
  );
  return (
    <li className={kind === 'opened' && alert.workflow === 'open' ? 'is-hot' : undefined}>
      <time dateTime={new Date(at).toISOString()}>{formats.moment(at, now)}</time>
      <span className="timeline-mark">
        {kind === 'opened' ? (
          <LevelBadge level={levelOf(alert)} workflow={alert.workflow} glyph />
        ) : (
          <Icon name="check" />
        )}
      </span>
      <div>
        {kind === 'opened' ? (
          <>
            <p>
              <b>{t(`level.${levelOf(alert)}`)}</b> — {alert.message[language]}
            </p>
            <p className="timeline-detail">
              {standing()} · {label}
            </p>
          </>
        ) : (
          <>
            <p>
              {t('resident.timeline.closedTitle', {
                outcome: alert.outcome === null ? '—' : t(`outcome.${alert.outcome}`),
              })}
            </p>
            <p className="timeline-detail">
              {name === ''
                ? t('resident.timeline.closedIn', { duration: duration(took, language) })
                : t('resident.timeline.closedBy', { name, duration: duration(took, language) })}
              {' · '}
              {alert.message[language]}
            </p>
            {alert.note !== null && alert.note !== '' && <p className="timeline-detail">{alert.note}</p>}
          </>
        )}
      </div>
    </li>
  );
};

interface TimelineProps {
  readonly alerts: readonly AlertView[];
  readonly failed: boolean;
  readonly open: OpenPanel;
}

/** Alerts of the last thirty days: when each began, what became of it, who ended it. */
export const Timeline = ({ alerts, failed, open }: TimelineProps) => {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const day = useLive((state) => Math.floor((state.clockAt + state.offset) / 60_000) * 60_000);
  const moments = useMemo(() => timelineOf(alerts, day - 30 * DAY), [alerts, day]);
  const shown = all ? moments : moments.slice(0, FIRST);
  return (
    <section className="panel" aria-labelledby="fil-titre">
      <div className="panel-head">
        <h2 id="fil-titre">{t('resident.timeline.title')}</h2>
      </div>
      {failed && <p className="panel-note error">{t('resident.timeline.failed')}</p>}
      {!failed && moments.length === 0 && <p className="panel-note">{t('resident.timeline.none')}</p>}
      <ol className="timeline">
        {shown.map((moment) => (
          <Row key={`${moment.alert.id} ${moment.kind}`} moment={moment} now={day} open={open} />
        ))}
      </ol>
      {shown.length < moments.length && (
        <p className="panel-note">
          <button type="button" className="button is-line" onClick={() => setAll(true)}>
            {t('resident.timeline.more', { count: moments.length })}
          </button>
        </p>
      )}
    </section>
  );
};
