import { createContext, use } from 'react';
import { useTranslation } from 'react-i18next';
import type { EpochMillis } from '../../../domain/time.js';
import { can } from '../../../domain/permissions.js';
import type { LiveLink } from '../api/live.js';
import { type Formats, formatsFor } from '../i18n/format.js';
import type { Language } from '../i18n/index.js';
import type { Me, ResidentView, SiteView } from '../../protocol.js';
import type { SoundPlayer } from '../sound/player.js';
import type { Act } from './actions.js';
import type { LiveEvent, LiveState } from './live.js';
import type { SeriesLoader } from './series.js';
import { type Store, useStore } from './store.js';
import type { Toasts } from './toasts.js';

/** Everything the desk shows and does; made once per session. */
export interface Desk {
  readonly me: Me;
  readonly sites: ReadonlyMap<string, SiteView>;
  readonly residents: ReadonlyMap<string, ResidentView>;
  readonly store: Store<LiveState, LiveEvent>;
  readonly link: LiveLink;
  readonly toasts: Toasts;
  readonly sound: SoundPlayer;
  readonly series: SeriesLoader;
  readonly act: Act;
  signOut(): void;
}

export const DeskContext = createContext<Desk | null>(null);

export const useDesk = (): Desk => {
  const desk = use(DeskContext);
  if (!desk) throw new Error('a desk component stands outside of a desk');
  return desk;
};

export const useLive = <Part>(select: (state: LiveState) => Part): Part => useStore(useDesk().store, select);
export const useFrozen = (): boolean => useLive((state) => state.phase === 'frozen');
export const useMayAct = (): boolean => can(useDesk().me, 'alerts.act');

/** The person may act, and what they see is live. */
export const useMayActNow = (): boolean => {
  const frozen = useFrozen();
  return useMayAct() && !frozen;
};

const wholeSecond = (time: EpochMillis): EpochMillis => Math.floor(time / 1000) * 1000;

/** Server time, one render a second. */
export const useNow = (): EpochMillis => useLive((state) => wholeSecond(state.clockAt + state.offset));

export const useLanguage = (): Language => (useTranslation().i18n.language === 'en' ? 'en' : 'fr');

/** Formats in the zone of a site; of the first one when the alert or page has none. */
export const useFormats = (site: string | null): Formats => {
  const { sites } = useDesk();
  const zone = (site === null ? undefined : sites.get(site)) ?? sites.values().next().value;
  return formatsFor(useLanguage(), zone?.timezone ?? 'Europe/Paris');
};

interface Named {
  readonly id: string;
  readonly family: string;
  readonly given: string;
}

/** « Mme Dahlia »; with the given name's initial when two people of a site share the family name. */
export const usePersonName = (): ((person: Named) => string) => {
  const { residents } = useDesk();
  const { t } = useTranslation();
  return (person) => {
    const known = residents.get(person.id);
    const twins = [...residents.values()].filter(
      ({ site, family }) => site === known?.site && family === person.family,
    ).length;
    const name = twins > 1 ? `${person.family} ${person.given.charAt(0)}.` : person.family;
    if (known?.sex === 'female') return t('residents.mrs', { name });
    if (known?.sex === 'male') return t('residents.mr', { name });
    return person.given === '' ? name : `${person.given} ${person.family}`;
  };
};

/** « Inès R. » for a colleague, « LM » in the circle beside. */
export const shortName = (name: string): string => {
  const [first = '', ...rest] = name.trim().split(/\s+/);
  const last = rest.at(-1);
  return last === undefined ? first : `${first} ${last.charAt(0)}.`;
};
export const initials = (name: string): string =>
  name
    .trim()
    .split(/\s+/)
    .map((word) => word.charAt(0).toUpperCase())
    .slice(0, 2)
    .join('');
