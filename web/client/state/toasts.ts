import type { EpochMillis, Millis } from '../../../domain/time.js';
import { SECOND } from '../../../domain/time.js';
import { createStore, type ReadonlyStore } from './store.js';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'info' | 'ok';
  /** Local time after which it leaves. */
  readonly until: EpochMillis;
  /** Offered while the toast stands; `alert` lets the card offer the same. */
  readonly undo: { readonly alert: string; run(): void } | null;
}

export const TOAST_FOR: Millis = 10 * SECOND;
const AT_MOST = 3;

type Change = { add: Toast } | { remove: number } | { undone: string };

export interface Toasts extends ReadonlyStore<readonly Toast[]> {
  say(toast: Pick<Toast, 'text' | 'tone'> & { undo?: Toast['undo'] }): void;
  dismiss(id: number): void;
  /** Takes away the undo of an alert that somebody has changed since. */
  settle(alert: string): void;
}

/** Short messages, the newest three, ten seconds each; never used for an alert. */
export const createToasts = (): Toasts => {
  const store = createStore<readonly Toast[], Change>([], (toasts, change) => {
    if ('add' in change) return [...toasts, change.add].slice(-AT_MOST);
    if ('remove' in change) return toasts.filter(({ id }) => id !== change.remove);
    return toasts.filter(({ undo }) => undo?.alert !== change.undone);
  });
  let last = 0;
  return {
    get: store.get,
    subscribe: store.subscribe,
    say({ text, tone, undo = null }) {
      last += 1;
      const id = last;
      store.dispatch({ add: { id, text, tone, undo, until: Date.now() + TOAST_FOR } });
      setTimeout(() => store.dispatch({ remove: id }), TOAST_FOR);
    },
    dismiss: (id) => store.dispatch({ remove: id }),
    settle: (alert) => store.dispatch({ undone: alert }),
  };
};
