import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../protocol.js';
import { useDesk, useLive } from '../state/desk.js';
import { levelOf } from '../state/queue.js';
import { useStore } from '../state/store.js';
import { Icon } from './icon.js';
import type { OpenPanel } from './panel.js';

interface AlertActionsProps {
  readonly alert: AlertView;
  readonly open: OpenPanel;
  readonly frozen: boolean;
  readonly first: boolean;
}

const Offline = () => {
  const { t } = useTranslation();
  return (
    <div className="card-foot">
      <button type="button" className="button claim" disabled>
        <Icon name="offline" />
        <span>{t('card.offline')}</span>
      </button>
    </div>
  );
};

/** The same ten seconds of undo as the message at the corner; phones show this one. */
const Undo = ({ alert }: { readonly alert: string }) => {
  const { t } = useTranslation();
  const { toasts } = useDesk();
  const toast = useStore(toasts, (list) => list.find(({ undo }) => undo?.alert === alert) ?? null);
  const left = useLive((state) => (toast ? Math.floor((toast.until - state.clockAt) / 1000) : 0));
  if (!toast?.undo || left <= 0) return null;
  return (
    <button type="button" className="button is-line card-undo" onClick={toast.undo.run}>
      <span>{t('card.undo', { seconds: left })}</span>
    </button>
  );
};

/** One filled button per zone: criticals have it, other claims are outlined. */
export const AlertActions = ({ alert, open, frozen, first }: AlertActionsProps) => {
  const { t } = useTranslation();
  const { act, me } = useDesk();
  const sending = useLive((state) => state.sending.get(alert.id) ?? null);
  if (alert.workflow === 'open') {
    if (frozen) return <Offline />;
    const isBusy = sending === 'claim';
    const look = isBusy ? 'is-busy' : levelOf(alert) === 'crit' ? 'is-primary' : 'is-line';
    return (
      <div className="card-foot">
        <button
          type="button"
          className={`button claim ${look}`}
          aria-busy={isBusy}
          aria-disabled={sending !== null}
          onClick={() => void act(alert, { kind: 'claim' })}
        >
          <Icon name={isBusy ? 'refresh' : 'hand'} />
          <span>{t(isBusy ? 'card.claiming' : 'card.claim')}</span>
          {first && !isBusy && <kbd aria-hidden="true">P</kbd>}
        </button>
      </div>
    );
  }
  if (alert.owner?.username !== me.username || alert.workflow !== 'claimed' || frozen) return null;
  return (
    <div className="card-foot">
      <Undo alert={alert.id} />
      <button type="button" className="button is-primary" onClick={() => open(alert.id, 'close')}>
        <Icon name="check" />
        <span>{t('card.close')}</span>
        <kbd aria-hidden="true">T</kbd>
      </button>
      {alert.condition !== 'ended' && (
        <button type="button" className="button is-line" onClick={() => open(alert.id, 'snooze')}>
          <Icon name="snooze" />
          <span>{t('card.snooze')}</span>
          <kbd aria-hidden="true">R</kbd>
        </button>
      )}
      <button
        type="button"
        className="button is-line"
        aria-busy={sending === 'help'}
        onClick={() => void act(alert, { kind: 'help' })}
      >
        <Icon name="help" />
        <span>{t('card.help')}</span>
      </button>
    </div>
  );
};
