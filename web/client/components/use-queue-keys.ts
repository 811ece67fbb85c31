import { useEffect, useEffectEvent } from 'react';
import type { AlertView } from '../../protocol.js';
import { useDesk, useMayActNow } from '../state/desk.js';
import { preferences } from '../state/preferences.js';
import { useStore } from '../state/store.js';
import { cardId } from './alert-card.js';
import type { OpenPanel } from './panel.js';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [role="menu"], [role="dialog"]') !== null;

const focusedAlert = (): string | null =>
  document.activeElement?.closest<HTMLElement>('[data-alert]')?.dataset.alert ?? null;

/** J/K move, P take, R snooze, T done, A help, O or Enter journal, / search, S pause of sound. */
export const useQueueKeys = (cards: readonly AlertView[], open: OpenPanel): void => {
  const { act, me, sound } = useDesk();
  const enabled = useStore(preferences, (state) => state.shortcuts);
  const mayAct = useMayActNow();

  const move = (step: 1 | -1): void => {
    const ids = cards.map(({ id }) => id);
    const at = ids.indexOf(focusedAlert() ?? '');
    const next = at === -1 ? (step === 1 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, at + step));
    const id = ids[next];
    if (id !== undefined) document.getElementById(cardId(id))?.focus();
  };

  const onKey = useEffectEvent((event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const focused = cards.find(({ id }) => id === focusedAlert());
    const taken = focused ?? cards.find(({ workflow }) => workflow === 'open');
    const isMine = focused?.owner?.username === me.username;
    const keys: Record<string, () => void> = {
      j: () => move(1),
      k: () => move(-1),
      '/': () => document.getElementById('chercher')?.focus(),
      s: () => (sound.view.get().pausedUntil === null ? sound.pause() : sound.resume()),
      o: () => focused && open(focused.id, 'journal'),
    };
    if (event.target instanceof HTMLElement && event.target.dataset.alert && focused)
      keys.enter = () => open(focused.id, 'journal');
    if (mayAct) {
      keys.p = () => taken?.workflow === 'open' && void act(taken, { kind: 'claim' });
      keys.r = () =>
        focused &&
        focused.condition !== 'ended' &&
        (focused.workflow === 'open' || isMine) &&
        open(focused.id, 'snooze');
      keys.t = () => isMine && open(focused.id, 'close');
      keys.a = () => focused && void act(focused, { kind: 'help' });
    }
    const run = keys[event.key.toLowerCase()];
    if (!run) return;
    event.preventDefault();
    run();
  });

  useEffect(() => {
    if (!enabled) return undefined;
    const listen = (event: KeyboardEvent): void => onKey(event);
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  }, [enabled]);
};
