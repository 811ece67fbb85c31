import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../protocol.js';
import { duration } from '../i18n/format.js';
import { shortName, useDesk, useLanguage, useLive, useMayActNow, useNow, usePersonName } from '../state/desk.js';
import { type Board, levelOf } from '../state/queue.js';
import { LevelBadge } from './level-badge.js';
import type { OpenPanel } from './panel.js';

interface SideRowProps {
  readonly alert: AlertView;
  readonly open: OpenPanel;
}

const SideRow = ({ alert, open }: SideRowProps) => {
  const { t } = useTranslation();
  const { act, me } = useDesk();
  const now = useNow();
  const language = useLanguage();
  const person = usePersonName();
  const mayAct = useMayActNow();
  const sending = useLive((state) => state.sending.has(alert.id));
  const room = alert.room ?? alert.resident?.room ?? null;
  const isMine = alert.owner?.username === me.username;
  const place = [
    room === null ? null : t('card.room', { room }),
    alert.resident ? person(alert.resident) : alert.device,
  ].filter(Boolean);
  const since = t('card.since', { duration: duration(now - Date.parse(alert.startedAt), language) });
  const owner = isMine ? t('card.mine') : alert.owner && t('tech.claimed', { name: shortName(alert.owner.name) });
  return (
    <article
      className="side-row"
      aria-label={`${t(`level.${levelOf(alert)}`)}, ${place.join(' ')}`}
      data-alert={alert.id}
    >
      <LevelBadge level={levelOf(alert)} workflow={alert.workflow} glyph />
      <p>
        <b>{place.join(' · ')}</b> — {alert.message[language]}
        <small>{[since, owner].filter(Boolean).join(' · ')}</small>
      </p>
      {mayAct && alert.workflow === 'open' && (
        <button
          type="button"
          className="button is-quiet"
          aria-busy={sending}
          onClick={() => void act(alert, { kind: 'claim' })}
        >
          {t(sending ? 'card.claiming' : 'card.claim')}
        </button>
      )}
      {mayAct && isMine && alert.workflow === 'claimed' && (
        <button type="button" className="button is-quiet" onClick={() => open(alert.id, 'close')}>
          {t('card.close')}
        </button>
      )}
    </article>
  );
};

interface SideListProps {
  readonly kind: 'due' | 'tech';
  readonly alerts: readonly AlertView[];
  readonly open: OpenPanel;
}

const SideList = ({ kind, alerts, open }: SideListProps) => {
  const { t } = useTranslation();
  return (
    <section aria-labelledby={`liste-${kind}`}>
      <div className="side-head">
        <h2 id={`liste-${kind}`}>{t(`${kind}.title`)}</h2>
        <span className="count">{alerts.length}</span>
      </div>
      {alerts.length === 0 && <p className="side-empty">{t(`${kind}.empty`)}</p>}
      <ul className="side-list">
        {alerts.map((alert) => (
          <li key={alert.id}>
            <SideRow alert={alert} open={open} />
          </li>
        ))}
      </ul>
    </section>
  );
};

/** Planned measures and equipment: never mixed with the queue. */
export const SideLists = ({ board, open }: { readonly board: Board; readonly open: OpenPanel }) => (
  <div className="panel sides">
    <SideList kind="due" alerts={board.due} open={open} />
    <SideList kind="tech" alerts={board.technical} open={open} />
  </div>
);
