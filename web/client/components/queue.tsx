import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SECOND } from '../../../domain/time.js';
import { duration } from '../i18n/format.js';
import { useLanguage, useLive, useNow } from '../state/desk.js';
import { type Board, levelOf, orderOf } from '../state/queue.js';
import { AlertCard } from './alert-card.js';
import { Icon } from './icon.js';
import type { OpenPanel } from './panel.js';
import { SnoozedStrip } from './snoozed-strip.js';
import { useQueueKeys } from './use-queue-keys.js';

/** The order stays this long after the pointer went up. */
const HOLD_AFTER = 2 * SECOND;

/** True from pointer down until two seconds after it went up. */
const usePointerHold = (): { held: boolean; down(): void } => {
  const [down, setDown] = useState(false);
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (!down) return undefined;
    const up = (): void => setDown(false);
    addEventListener('pointerup', up);
    addEventListener('pointercancel', up);
    return () => {
      removeEventListener('pointerup', up);
      removeEventListener('pointercancel', up);
    };
  }, [down]);
  useEffect(() => {
    if (down || !held) return undefined;
    const timer = setTimeout(() => setHeld(false), HOLD_AFTER);
    return () => clearTimeout(timer);
  }, [down, held]);
  return {
    held: down || held,
    down: () => {
      setDown(true);
      setHeld(true);
    },
  };
};

const useOrder = (board: Board, held: boolean): readonly string[] => {
  const [shown, setShown] = useState<readonly string[]>([]);
  const order = useMemo(() => orderOf({ shown, sorted: board.queue, held }), [shown, board.queue, held]);
  if (order.length !== shown.length || order.some((id, index) => id !== shown[index])) setShown(order);
  return order;
};

const EmptyQueue = ({ followed }: { readonly followed: number }) => {
  const { t } = useTranslation();
  const now = useNow();
  const language = useLanguage();
  const tickAt = useLive((state) => (state.tickAt === null ? null : state.tickAt + state.offset));
  const silent = useLive(
    (state) =>
      [...state.vitals.values()].filter(({ readings }) => [...readings.values()].every(({ stale }) => stale)).length,
  );
  return (
    <div className="empty">
      <b>{t('queue.empty')}</b>
      <p>
        {tickAt === null
          ? t('queue.notChecked')
          : t('queue.emptyDetail', { age: duration(now - tickAt, language), residents: followed, silent })}
      </p>
    </div>
  );
};

interface QueueProps {
  readonly board: Board;
  readonly followed: number;
  readonly open: OpenPanel;
}

/** « À traiter »: what somebody must do, worst first; snoozed alerts are pinned below. */
export const Queue = ({ board, followed, open }: QueueProps) => {
  const { t } = useTranslation();
  const [frozenOrder, setFrozenOrder] = useState(false);
  const hold = usePointerHold();
  const alerts = useLive((state) => state.alerts);
  const order = useOrder(board, hold.held || frozenOrder);
  const inQueue = new Set(board.queue.map(({ id }) => id));
  const cards = order.map((id) => alerts.get(id)).filter((alert) => alert !== undefined);
  const toTake = board.queue.filter(({ workflow }) => workflow === 'open');
  const claimed = board.queue.length - toTake.length;
  const firstCritical = cards.find((alert) => alert.workflow === 'open' && levelOf(alert) === 'crit')?.id;
  useQueueKeys(cards, open);
  return (
    <section className="queue" aria-labelledby="file-titre">
      <div className="queue-head">
        <h1 id="file-titre">{t('queue.title')}</h1>
        <span className="count">{toTake.length}</span>
        {claimed > 0 && <span className="muted">{t('queue.claimed', { count: claimed })}</span>}
        <button
          type="button"
          className="chip queue-hold"
          aria-pressed={frozenOrder}
          onClick={() => setFrozenOrder(!frozenOrder)}
        >
          <Icon name="pause" />
          {t(frozenOrder ? 'queue.held' : 'queue.hold')}
        </button>
      </div>
      {cards.length === 0 && <EmptyQueue followed={followed} />}
      <ol className="queue-list" aria-label={t('queue.label')} onPointerDown={hold.down}>
        {cards.map((alert) => (
          <li key={alert.id}>
            <AlertCard alert={alert} open={open} gone={!inQueue.has(alert.id)} first={alert.id === firstCritical} />
          </li>
        ))}
      </ol>
      {board.snoozed.length > 0 && (
        <ul className="queue-pins" aria-label={t('snooze.strip')}>
          {board.snoozed.map((alert) => (
            <li key={alert.id}>
              <SnoozedStrip alert={alert} />
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};
