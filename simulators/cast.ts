import { VigieError } from '../domain/errors.js';
import type { Provisioning } from './provisioning.js';

/** Who plays what in the scenarios: resident ids, chosen by what stands in their room. */
export interface Cast {
  /** Wear a monitor. The first is the one the demonstration opens with. */
  readonly wearers: readonly string[];
  /** Live under a fall radar. */
  readonly watched: readonly string[];
  /** Have an emergency button, those at home first. */
  readonly callers: readonly string[];
  /** Are measured by a carer only: an oximeter, no monitor. */
  readonly visited: readonly string[];
  readonly diabetics: readonly string[];
  /** Wears a monitor that plays a recorded human; null when nobody does. */
  readonly recorded: string | null;
}

/** The nth becomes the first, so that the story of the demonstration does not sit in the first rooms only. */
const startingAt = (nth: number, ids: readonly string[]): string[] => {
  const at = ids.length > nth ? nth : 0;
  return [...ids.slice(at), ...ids.slice(0, at)];
};

/** Casts the residents of any provisioning file. */
export const castOf = (provisioning: Provisioning): Cast => {
  const having = (model: string): string[] => {
    const owners = new Set(
      provisioning.devices.filter((device) => device.model === model).map((d) => d.assignedTo.resident),
    );
    return provisioning.residents.filter((resident) => owners.has(resident.id)).map((resident) => resident.id);
  };
  const homes = new Set(provisioning.sites.filter((site) => site.kind === 'home').map((site) => site.id));
  const atHome = (id: string): boolean => homes.has(provisioning.residents.find((each) => each.id === id)?.site ?? '');
  const wearers = having('wearable');
  const inBuilding = wearers.filter((id) => !atHome(id));
  const callers = having('sos-button');
  const cast = startingAt(3, inBuilding.length > 0 ? inBuilding : wearers);
  return {
    wearers: cast,
    watched: startingAt(
      2,
      having('fall-radar').filter((id) => inBuilding.length === 0 || !atHome(id)),
    ),
    callers: [...startingAt(2, callers.filter(atHome)), ...callers.filter((id) => !atHome(id))],
    visited: startingAt(
      1,
      having('pulse-oximeter').filter((id) => !wearers.includes(id) && !atHome(id)),
    ),
    diabetics: having('glucometer'),
    recorded: cast.length > 1 ? (cast.at(-1) ?? null) : null,
  };
};

/** The same cast with these residents last in every part: who has an open alert already cannot show a new one. */
export const sparing = (cast: Cast, busy: ReadonlySet<string>): Cast => {
  const last = (ids: readonly string[]): string[] => [
    ...ids.filter((id) => !busy.has(id)),
    ...ids.filter((id) => busy.has(id)),
  ];
  return {
    ...cast,
    wearers: last(cast.wearers),
    watched: last(cast.watched),
    callers: last(cast.callers),
    visited: last(cast.visited),
    diabetics: last(cast.diabetics),
  };
};

/** The nth of a part. Throws `scenario.cast` when nobody can play it. */
export const played = (part: keyof Omit<Cast, 'recorded'>, cast: Cast, nth = 0): string => {
  const id = cast[part][nth % Math.max(1, cast[part].length)];
  if (id === undefined)
    throw new VigieError('scenario.cast', `expected a provisioned resident for the part "${part}", found none`);
  return id;
};
