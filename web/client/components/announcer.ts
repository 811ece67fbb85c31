import i18next from 'i18next';
import { type Millis, SECOND } from '../../../domain/time.js';
import { addChanges, type Changes, changesOf, isQuiet, noChanges, spoken } from '../state/announce.js';
import type { LiveState } from '../state/live.js';
import type { ReadonlyStore } from '../state/store.js';
import { shortName } from '../state/desk.js';
import type { Toasts } from '../state/toasts.js';

const SUMMARY_EVERY: Millis = 20 * SECOND;

const say = (id: 'annonce-critique' | 'annonce-resume', text: string): void => {
  const region = document.getElementById(id);
  if (region) region.textContent = text;
};

const criticalText = (alerts: Changes['criticals']): string => {
  const { t, language } = i18next;
  const words = { percent: t('announce.percent'), limit: t('announce.limit') };
  return alerts
    .map((alert) => {
      const room = alert.room ?? alert.resident?.room ?? null;
      const place = room === null ? (alert.resident?.family ?? alert.site) : t('announce.room', { room });
      return t('announce.critical', { place, message: spoken(alert.message[language === 'en' ? 'en' : 'fr'], words) });
    })
    .join('. ');
};

const summaryText = (changes: Changes): string => {
  const { t } = i18next;
  return [
    ...(changes.opened > 0 ? [t('announce.opened', { count: changes.opened })] : []),
    ...[...changes.claimed].map(([name, count]) => t('announce.claimed', { count, name: shortName(name) })),
    ...(changes.closed > 0 ? [t('announce.closed', { count: changes.closed })] : []),
  ].join(', ');
};

/**
 * Speaks for people who do not see the page: criticals at once, the rest summed up at most every 20 s, messages as
 * they come. Returns how to stop.
 */
export const startAnnouncing = (live: ReadonlyStore<LiveState>, toasts: Toasts, me: string): (() => void) => {
  let { alerts, phase } = live.get();
  let waiting = noChanges;
  let lastSaid = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastToast = 0;

  const summarise = (): void => {
    timer = undefined;
    if (isQuiet(waiting)) return;
    lastSaid = Date.now();
    say('annonce-resume', summaryText(waiting));
    waiting = noChanges;
  };
  const look = (): void => {
    const next = live.get();
    if (next.phase !== phase) {
      if (next.phase === 'frozen') say('annonce-critique', i18next.t('announce.frozen'));
      if (next.phase === 'live' && phase === 'frozen') say('annonce-resume', i18next.t('announce.back'));
      phase = next.phase;
    }
    if (next.alerts === alerts) return;
    const changes = changesOf(alerts, next.alerts, me);
    alerts = next.alerts;
    if (changes.criticals.length > 0) say('annonce-critique', criticalText(changes.criticals));
    waiting = addChanges(waiting, changes);
    if (!isQuiet(waiting) && timer === undefined)
      timer = setTimeout(summarise, Math.max(1_000, lastSaid + SUMMARY_EVERY - Date.now()));
  };
  const stopLive = live.subscribe(look);
  const stopToasts = toasts.subscribe(() => {
    const newest = toasts.get().at(-1);
    if (newest && newest.id > lastToast) {
      lastToast = newest.id;
      say('annonce-resume', newest.text);
    }
  });
  return () => {
    clearTimeout(timer);
    stopLive();
    stopToasts();
    say('annonce-critique', '');
    say('annonce-resume', '');
  };
};
