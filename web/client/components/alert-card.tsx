import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { metricDefinition } from '../../../domain/metrics.js';
import type { AlertView } from '../../protocol.js';
import { useDesk, useFormats, useFrozen, useLanguage, useLive, useMayAct, usePersonName } from '../state/desk.js';
import { flagOf, newestOf } from '../state/residents.js';
import { levelOf } from '../state/queue.js';
import { AlertActions } from './alert-actions.js';
import { AlertMenu } from './menus.js';
import { AlertMeta, AlertSince } from './alert-times.js';
import { AlertOwner } from './alert-owner.js';
import { LevelBadge } from './level-badge.js';
import { Message } from './message.js';
import type { OpenPanel } from './panel.js';
import { Spark } from './spark.js';
import { useSpark } from './use-spark.js';

export const cardId = (alert: string): string => `alerte-${alert}`;

interface AlertCardProps {
  readonly alert: AlertView;
  readonly open: OpenPanel;
  /** It left the queue but keeps its place while a pointer is down. */
  readonly gone: boolean;
  /** The first card that P would take. */
  readonly first: boolean;
}

const SPARK_SIZE = [112, 44] as const;

/** « Ch. 12 Mme Dahlia », or the site when there is no room. */
const AlertPlace = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const name = usePersonName();
  const room = alert.room ?? alert.resident?.room ?? null;
  const site = sites.get(alert.site);
  return (
    <>
      <span className="room">{room === null ? (site?.name ?? alert.site) : t('card.room', { room })}</span>{' '}
      {alert.resident && name(alert.resident)}
    </>
  );
};

/** What happens, by state: breaking a limit, back in range, data lost. */
const AlertWhat = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const text = alert.message[language];
  const readings = useLive((state) => (alert.resident ? state.vitals.get(alert.resident.id)?.readings : undefined));
  const reading = alert.metric === null ? null : newestOf(readings, [alert.metric]);
  if (alert.condition === 'ended' && alert.endedAt !== null && alert.metric && typeof reading?.value === 'number') {
    return (
      <span className="message is-measure">
        <span className="message-what">{metricDefinition(alert.metric).label[language]}</span>{' '}
        <b className="message-value">{formats.value(alert.metric, reading.value)}</b>{' '}
        <span className="message-limit">{t('card.backAt', { time: formats.time(Date.parse(alert.endedAt)) })}</span>
      </span>
    );
  }
  return <Message text={text} lost={alert.condition === 'indeterminate'} />;
};

const CardSpark = ({ alert }: { readonly alert: AlertView }) => {
  const readings = useLive((state) => (alert.resident ? state.vitals.get(alert.resident.id)?.readings : undefined));
  const reading = alert.metric === null ? null : newestOf(readings, [alert.metric]);
  const shape = useSpark({
    resident: alert.resident?.id ?? null,
    metric: alert.metric,
    reading,
    flag: alert.metric === null ? null : flagOf([alert], [alert.metric]),
    visible: true,
    size: SPARK_SIZE,
  });
  if (!shape) return null;
  return (
    <div className="card-spark">
      <Spark shape={shape} width={SPARK_SIZE[0]} height={SPARK_SIZE[1]} />
    </div>
  );
};

/** One alert, in any of its states. A coloured frame means one thing: nobody has it yet. */
export const AlertCard = memo(({ alert, open, gone, first }: AlertCardProps) => {
  const { t } = useTranslation();
  const frozen = useFrozen();
  const mayAct = useMayAct();
  const level = levelOf(alert);
  const isOpen = alert.workflow === 'open';
  const isLatched = isOpen && alert.condition === 'ended';
  const classes = [
    'card',
    `card-${level}`,
    isOpen && !gone ? 'is-open' : 'is-taken',
    isLatched && 'is-latched',
    gone && 'is-gone',
    isOpen && level !== 'crit' && 'is-row',
  ];
  return (
    <article
      id={cardId(alert.id)}
      className={classes.filter(Boolean).join(' ')}
      aria-labelledby={`${cardId(alert.id)}-niveau ${cardId(alert.id)}-qui`}
      tabIndex={-1}
      data-alert={alert.id}
    >
      <header className="card-head">
        <span id={`${cardId(alert.id)}-niveau`}>
          <LevelBadge level={level} workflow={alert.workflow} />
        </span>
        <span className="card-side">
          <AlertSince alert={alert} />
          {!gone && <AlertMenu alert={alert} open={open} />}
        </span>
      </header>
      <div className="card-main">
        <div className="card-body">
          <p className="card-who" id={`${cardId(alert.id)}-qui`}>
            <AlertPlace alert={alert} />
          </p>
          <p className="card-what">
            <AlertWhat alert={alert} />
          </p>
          {isOpen && level === 'crit' && <CardSpark alert={alert} />}
          {isOpen && <AlertMeta alert={alert} />}
        </div>
        {gone ? (
          <p className="card-gone">
            <b>{t(alert.workflow === 'snoozed' ? 'card.goneSnoozed' : 'card.gone')}</b> {t('card.gonePlace')}
          </p>
        ) : (
          <>
            {alert.owner && <AlertOwner alert={alert} />}
            {mayAct && <AlertActions alert={alert} open={open} frozen={frozen} first={first} />}
          </>
        )}
      </div>
    </article>
  );
});
AlertCard.displayName = 'AlertCard';
