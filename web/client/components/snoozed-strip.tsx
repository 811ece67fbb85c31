import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../protocol.js';
import { countdown } from '../i18n/format.js';
import {
  shortName,
  useDesk,
  useFormats,
  useFrozen,
  useLanguage,
  useMayAct,
  useNow,
  usePersonName,
} from '../state/desk.js';
import { levelOf } from '../state/queue.js';
import { Icon } from './icon.js';
import { LevelBadge } from './level-badge.js';

/** A snoozed alert: who, until when, and a way to bring it back for anybody. */
export const SnoozedStrip = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const { act } = useDesk();
  const now = useNow();
  const frozen = useFrozen();
  const mayAct = useMayAct();
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const person = usePersonName();
  const room = alert.room ?? alert.resident?.room ?? null;
  const until = alert.snoozedUntil === null ? now : Date.parse(alert.snoozedUntil);
  const who = [room === null ? null : t('card.room', { room }), alert.resident && person(alert.resident)]
    .filter(Boolean)
    .join(' · ');
  return (
    <article className="snoozed" aria-label={`${t('snooze.strip')}, ${who}`}>
      <LevelBadge level={levelOf(alert)} workflow="snoozed" glyph />
      <p>
        <b>{who}</b> — {t('snooze.strip')}
        {alert.owner && `, ${shortName(alert.owner.name)}`}
        <br />
        <span className="muted">{alert.message[language]}</span>
      </p>
      <p className="snoozed-time">
        <b>{frozen ? formats.moment(until, now) : countdown(until - now)}</b>
        {t(frozen ? 'snooze.back' : 'snooze.left')}
      </p>
      {mayAct && (
        <button
          type="button"
          className="button is-quiet"
          disabled={frozen}
          aria-label={t('snooze.cancel', { who })}
          onClick={() => void act(alert, { kind: 'release' })}
        >
          <Icon name="cross" />
        </button>
      )}
    </article>
  );
};
