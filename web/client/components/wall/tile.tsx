import { useTranslation } from 'react-i18next';
import { DAY } from '../../../../domain/time.js';
import type { AlertView } from '../../../protocol.js';
import { countdown, duration } from '../../i18n/format.js';
import { shortName, useDesk, useFormats, useFrozen, useLanguage, useNow } from '../../state/desk.js';
import { levelOf } from '../../state/queue.js';
import { factOf, initialsOf } from '../../state/wall.js';
import { Icon } from '../icon.js';
import { LevelShapes } from '../level-badge.js';

/** Time since the start for what presses; the clock time for the rest, and for everything once frozen. */
const Since = ({ alert }: { readonly alert: AlertView }) => {
  const now = useNow();
  const frozen = useFrozen();
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const start = Date.parse(alert.startedAt);
  // There is no room for a weekday, and none is needed: an hour that has not come yet was yesterday's.
  const stamp = now - start < DAY ? formats.time(start) : formats.moment(start, now);
  const presses = ['crit', 'stop', 'med'].includes(levelOf(alert));
  return <time dateTime={alert.startedAt}>{frozen || !presses ? stamp : duration(now - start, language)}</time>;
};

/** Who has it, or that somebody must; nothing once frozen: it may have changed. */
const Foot = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const now = useNow();
  const level = levelOf(alert);
  const owner = alert.owner ? shortName(alert.owner.name) : '';
  if (alert.workflow === 'snoozed')
    return (
      <p className="wall-foot">
        <Icon name="snooze" />
        <b>{owner}</b>
        <span>{alert.snoozedUntil === null ? '' : countdown(Date.parse(alert.snoozedUntil) - now)}</span>
      </p>
    );
  if (alert.workflow === 'claimed' && alert.owner)
    return (
      <p className="wall-foot">
        <Icon name="user" />
        <b>{owner}</b>
        <span>{countdown(now - Date.parse(alert.owner.since))}</span>
      </p>
    );
  const word = level === 'due' ? t('wall.measure') : level === 'tech' ? t('wall.handle') : t('wall.take');
  const state = (): string => {
    if (alert.condition === 'ended') return t('wall.over');
    if (alert.condition === 'indeterminate') return t('wall.lostData');
    if (alert.escalation.level > 0) return t('wall.step', { level: alert.escalation.level });
    return level === 'low' ? t('wall.noRepeat') : '';
  };
  return (
    <p className="wall-foot">
      <b>{word}</b>
      <span>{state()}</span>
    </p>
  );
};

/** One exception: level, how long, room, initials, what. Filled means that nobody has it yet. */
export const WallTile = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const language = useLanguage();
  const frozen = useFrozen();
  const level = levelOf(alert);
  const isOpen = alert.workflow === 'open';
  const lost = alert.condition === 'indeterminate';
  const { what, value, limit, size } = factOf(alert.message[language]);
  const room = alert.room ?? alert.resident?.room ?? null;
  const isHome = sites.get(alert.site)?.kind === 'home';
  const place = room ?? (isHome ? initialsOf(alert.resident) : t('wall.noRoom'));
  const struck = frozen && limit !== '';
  const classes = [
    'wall-tile',
    `is-${level}`,
    isOpen ? 'is-open' : 'is-taken',
    isOpen && alert.condition === 'ended' && 'is-over',
  ];
  return (
    <li className={classes.filter(Boolean).join(' ')} data-alert={alert.id}>
      <p className="wall-head">
        <LevelShapes level={level} />
        <b>{level === 'stop' ? t('wall.stop') : t(`level.${level}`)}</b>
        <Since alert={alert} />
      </p>
      <div className="wall-body">
        <p className="wall-who">
          <b>{place}</b> {room !== null && <span>{initialsOf(alert.resident)}</span>}
        </p>
        <p className="wall-what">
          {what !== '' && <span className="wall-measure">{what}</span>}
          <span className={`wall-fact is-${size}`}>
            {struck || lost ? <s>{value}</s> : <b>{value}</b>}{' '}
            {limit !== '' && <small>{struck ? <s>{limit}</s> : lost ? '?' : limit}</small>}
          </span>
        </p>
      </div>
      {!frozen && <Foot alert={alert} />}
    </li>
  );
};
