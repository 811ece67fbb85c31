/** The alarm lane never waits behind a backlog of ordinary readings. */
export const ALARM_LANE = 0;
export const ORDINARY_LANE = 1;
export type Lane = typeof ALARM_LANE | typeof ORDINARY_LANE;
export const LANES: readonly Lane[] = [ALARM_LANE, ORDINARY_LANE];

const EVENTS = /^(site\/[^/]+\/)?vigie\/v1\/[^/]+\/[^/]+\/events$/;

/** The lane of a topic (contract §4): `…/events` rings, so it goes first. */
export const laneOf = (topic: string): Lane => (EVENTS.test(topic) ? ALARM_LANE : ORDINARY_LANE);
