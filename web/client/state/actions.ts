import i18next from 'i18next';
import * as api from '../api/calls.js';
import { ApiError } from '../api/http.js';
import type { AlertView } from '../../protocol.js';
import type { LiveEvent, LiveState } from './live.js';
import type { Store } from './store.js';
import type { Toasts } from './toasts.js';

export interface ActionContext {
  readonly store: Store<LiveState, LiveEvent>;
  readonly toasts: Toasts;
  /** « 14:02 » in the zone of the alert's site. */
  time(alert: AlertView, at: number): string;
  /** Somebody else was first: sound C. */
  lost(): void;
  /** The session is over. */
  refused(): void;
}

/** Does it, says how it went, and resolves to whether it was done. Never throws. */
export type Act = (
  alert: AlertView,
  action: api.AlertAction,
  options?: { readonly quiet?: boolean },
) => Promise<boolean>;

interface Owner {
  readonly name: string;
  readonly since: string;
}

const ownerIn = (error: ApiError): Owner | null => {
  const owner = error.problem?.owner as Partial<Owner> | null | undefined;
  return typeof owner?.name === 'string' && typeof owner.since === 'string' ? (owner as Owner) : null;
};

/** 128 random bits; `randomUUID` is missing on pages served over plain HTTP. */
const newKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');

const failure = (context: ActionContext, alert: AlertView, action: api.AlertAction, error: ApiError): string => {
  const { t } = i18next;
  if (error.status === 409 && action.kind === 'claim') {
    const owner = ownerIn(error);
    context.lost();
    return owner
      ? t('toast.alreadyTaken', { name: owner.name, time: context.time(alert, Date.parse(owner.since)) })
      : t('toast.alreadyTakenUnknown');
  }
  if (error.status === 404 || error.status === 405 || error.status === 501) return t('toast.unavailable');
  if (error.status === 0) return t(action.kind === 'claim' ? 'toast.claimLost' : 'toast.failed');
  return t('toast.refused', { reason: error.problem?.title ?? error.code });
};

/** What people do to alerts from this page. The card says « sending » at once; everything else waits for the server. */
export const createActions = (context: ActionContext): Act => {
  const { store, toasts } = context;

  const said = (view: AlertView, action: api.AlertAction): void => {
    const { t } = i18next;
    const now = Date.now() + store.get().offset;
    switch (action.kind) {
      case 'claim':
        toasts.say({
          text: t('toast.claimed'),
          tone: 'plain',
          undo: { alert: view.id, run: () => void act(view, { kind: 'release' }) },
        });
        break;
      case 'release':
        toasts.settle(view.id);
        toasts.say({ text: t('toast.released'), tone: 'info' });
        break;
      case 'snooze':
        toasts.settle(view.id);
        toasts.say({
          text: t('toast.snoozed', { time: context.time(view, Date.parse(view.snoozedUntil ?? '') || now) }),
          tone: 'plain',
        });
        break;
      case 'help':
        toasts.say({ text: t('toast.helped'), tone: 'plain' });
        break;
      case 'close':
        toasts.settle(view.id);
        toasts.say({
          text: t('toast.closed', { outcome: t(`outcome.${action.outcome}`), time: context.time(view, now) }),
          tone: 'ok',
        });
    }
  };

  const act: Act = async (alert, action, { quiet = false } = {}) => {
    if (store.get().sending.has(alert.id)) return false;
    store.dispatch({ type: 'sending', alert: alert.id, action: action.kind });
    try {
      const view = await api.act(alert.id, action, newKey());
      store.dispatch({ type: 'settled', alert: alert.id, view });
      said(view, action);
      return true;
    } catch (error) {
      store.dispatch({ type: 'settled', alert: alert.id, view: null });
      const known = error instanceof ApiError ? error : new ApiError(0, 'network', null);
      if (known.status === 401) context.refused();
      else if (!quiet) toasts.say({ text: failure(context, alert, action, known), tone: 'info' });
      return false;
    }
  };
  return act;
};
