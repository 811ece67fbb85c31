import i18next from 'i18next';
import { startAnnouncing } from '../components/announcer.js';
import { openLive } from '../api/live.js';
import { formatsFor } from '../i18n/format.js';
import type { Me, ResidentView, SiteView } from '../../protocol.js';
import { openPlayer } from '../sound/player.js';
import { createActions } from './actions.js';
import type { Desk } from './desk.js';
import { initialLive, live, type LiveEvent, type LiveState } from './live.js';
import { createSeries } from './series.js';
import { createStore } from './store.js';
import { createToasts } from './toasts.js';

export interface DeskSession {
  readonly desk: Desk;
  close(): void;
}

interface OpenDeskInput {
  readonly me: Me;
  readonly sites: readonly SiteView[];
  readonly residents: readonly ResidentView[];
  signOut(): void;
  /** The server no longer knows the session. */
  refused(): void;
}

/** Puts the desk together and starts it: live link, sound, announcements. */
export const openDesk = ({ me, sites, residents, signOut, refused }: OpenDeskInput): DeskSession => {
  const store = createStore<LiveState, LiveEvent>(initialLive(Date.now()), live);
  const bySite = new Map(sites.map((site) => [site.id, site]));
  const toasts = createToasts();
  const sound = openPlayer(store);
  const link = openLive(store, refused);
  const act = createActions({
    store,
    toasts,
    time: (alert, at) =>
      formatsFor(i18next.language === 'en' ? 'en' : 'fr', bySite.get(alert.site)?.timezone ?? 'Europe/Paris').time(at),
    lost: sound.message,
    refused,
  });
  const stopAnnouncing = startAnnouncing(store, toasts, me.username);
  const desk: Desk = {
    me,
    sites: bySite,
    residents: new Map(residents.map((resident) => [resident.id, resident])),
    store,
    link,
    toasts,
    sound,
    series: createSeries(() => Date.now() + store.get().offset),
    act,
    signOut,
  };
  return {
    desk,
    close() {
      stopAnnouncing();
      link.close();
      sound.close();
    },
  };
};
