import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../../../domain/alert.js';
import { DEFAULT_ESCALATION, escalationSchema } from '../../../domain/escalation.js';
import {
  planEscalation,
  type EscalationInput,
  type EscalationPlan,
  type Person,
} from '../../../gateway/alerts/escalation.js';
import { anAlert, NOW } from '../../contract/store/given.js';

const ALL = ['web-push', 'email', 'sms-http'];
const people: Person[] = [
  { username: 'ines', role: 'nurse', channels: ALL },
  { username: 'lea', role: 'nurse', channels: ALL },
  { username: 'karim', role: 'aide', channels: ['web-push'] },
  { username: 'chef', role: 'admin', channels: ['sms-http'] },
];
const input = (given: Partial<EscalationInput> = {}): EscalationInput => ({
  alert: anAlert(),
  escalation: DEFAULT_ESCALATION,
  zone: 'Europe/Paris',
  people,
  duties: [],
  attempts: [],
  now: NOW,
  ...given,
});
const who = (plan: EscalationPlan | null): string[] => plan?.tell.map(({ person }) => person) ?? [];

/** Lets the chain run until nobody is planned any more or `steps` were told: [seconds, who]. */
const run = (alert: Alert, steps: number, given: Partial<EscalationInput> = {}): [number, string[]][] => {
  const told: [number, string[]][] = [];
  let now = NOW;
  let at = alert;
  while (told.length < steps) {
    const plan = planEscalation(input({ ...given, alert: at, now }));
    if (!plan) break;
    if (plan.tell.length > 0) told.push([(now - NOW) / 1_000, who(plan)]);
    at = { ...at, escalationLevel: plan.level, nextStepAt: plan.nextStepAt };
    if (plan.nextStepAt === null) break;
    now = plan.nextStepAt;
  }
  return told;
};

const NURSES = ['ines', 'lea'];
const ALL_THREE = ['ines', 'lea', 'chef'];

describe('the pace of the chain', () => {
  it.each<[string, Partial<Alert>, [number, string[]][]]>([
    [
      'an SOS',
      { category: 'safety' },
      [
        [0, NURSES],
        [60, ['chef']],
        [180, ALL_THREE],
        [480, ALL_THREE],
      ],
    ],
    [
      'a critical value',
      {},
      [
        [0, NURSES],
        [300, ['chef']],
        [600, ALL_THREE],
        [900, ALL_THREE],
      ],
    ],
    [
      '« à voir »',
      { priority: 'medium' },
      [
        [0, NURSES],
        [1_800, ['chef']],
        [3_600, ALL_THREE],
      ],
    ],
    ['« vigilance »', { priority: 'low' }, []],
  ])('of %s is the one of the standard', (_what, given, expected) => {
    expect(run(anAlert(given), 4)).toEqual(expected);
  });

  it('waits for its next step and then goes on', () => {
    const alert = anAlert({ escalationLevel: 1, nextStepAt: NOW + 1 });
    expect(planEscalation(input({ alert }))).toBeNull();
    expect(planEscalation(input({ alert, now: NOW + 1 }))).toMatchObject({ level: 2 });
  });

  it('may begin later than at once: the wait is planned and kept', () => {
    const escalation = escalationSchema.parse({ waits: { high: [120, 60] } });
    expect(run(anAlert(), 2, { escalation })).toEqual([
      [120, NURSES],
      [180, ['chef']],
    ]);
  });

  it('does not wait for people who could not be told', () => {
    const alert = anAlert({ escalationLevel: 1, nextStepAt: NOW + 60_000 });
    const plan = (failed: boolean[]) =>
      planEscalation(input({ alert, attempts: failed.map((each) => ({ step: 2, failed: each })) }));
    expect(plan([true, false])).toBeNull();
    expect(plan([true, true])).toMatchObject({ level: 2 });
  });
});

describe('nobody is told', () => {
  it.each<[string, Partial<Alert>]>([
    ['somebody has the alert', { workflow: 'claimed', signal: 'ack' }],
    ['it was put off', { workflow: 'snoozed', signal: 'ack' }],
    ['it is closed', { workflow: 'closed', signal: 'off' }],
    ['it waits for a second measurement', { condition: 'pending', signal: 'off' }],
    ['the resident is paused', { signal: 'off' }],
    ['the chain came to its end', { priority: 'medium', escalationLevel: 3, nextStepAt: null }],
  ])('when %s', (_why, given) => {
    expect(planEscalation(input({ alert: anAlert(given) }))).toBeNull();
  });
});

describe('a latched alert', () => {
  it('still looks for somebody: it ended, and nobody came', () => {
    expect(who(planEscalation(input({ alert: anAlert({ condition: 'ended', signal: 'latched' }) })))).toEqual(NURSES);
  });
});

describe('« besoin d’aide »', () => {
  const owner = { username: 'lea', name: 'Léa', since: NOW };
  it('tells the next step at once, but not the one who asks, and only once', () => {
    const alert = anAlert({ workflow: 'claimed', signal: 'ack', owner, nextStepAt: NOW });
    const plan = planEscalation(input({ alert }));
    expect(plan).toMatchObject({ level: 1, nextStepAt: null, skipped: [{ person: 'lea', why: 'has_the_alert' }] });
    expect(who(plan)).toEqual(['ines']);
    expect(who(planEscalation(input({ alert: { ...alert, escalationLevel: 1 } })))).toEqual(['chef']);
  });

  it('is heard for a « vigilance » too', () => {
    const alert = anAlert({ priority: 'low', workflow: 'claimed', signal: 'ack', owner, nextStepAt: NOW });
    expect(who(planEscalation(input({ alert })))).toEqual(['ines']);
  });
});

describe('who cannot be reached', () => {
  it('is passed over and reported', () => {
    const silent = people.map((person) => (person.role === 'nurse' ? { ...person, channels: [] } : person));
    const plan = planEscalation(input({ people: silent }));
    expect(plan).toMatchObject({
      level: 2,
      skipped: [
        { person: 'ines', why: 'no_channel' },
        { person: 'lea', why: 'no_channel' },
      ],
    });
    expect(who(plan)).toEqual(['chef']);
  });

  it('does not stop the clock when it is everybody', () => {
    const plan = planEscalation(input({ people: people.map((person) => ({ ...person, channels: [] })) }));
    expect(plan).toMatchObject({ level: 1, nextStepAt: NOW + 300_000, tell: [] });
    expect(plan?.skipped).toHaveLength(3);
  });

  it('by the channel a step prefers is told by the others', () => {
    const plan = planEscalation(input({ alert: anAlert({ escalationLevel: 1, nextStepAt: NOW }) }));
    expect(plan?.tell).toEqual([{ person: 'chef', channels: ['sms-http'] }]);
    expect(planEscalation(input())?.tell[0]?.channels).toEqual(['web-push', 'email']);
  });
});

describe('the time of day', () => {
  const escalation = escalationSchema.parse({
    bands: [{ from: '21:00', to: '06:45', steps: [{ roles: ['aide'] }, { onCall: true }] }],
  });
  const at = (iso: string) => Date.parse(iso);
  it.each([
    ['20:59 in Paris', '2026-11-23T19:59:00Z', NURSES],
    ['21:00 in Paris', '2026-11-23T20:00:00Z', ['karim']],
    ['06:44 in Paris', '2026-11-24T05:44:59Z', ['karim']],
    ['06:45 in Paris', '2026-11-24T05:45:00Z', NURSES],
    ['21:00 in Paris in summer', '2026-07-01T19:00:00Z', ['karim']],
  ])('%s chooses the chain of that hour', (_when, iso, expected) => {
    expect(who(planEscalation(input({ escalation, now: at(iso) })))).toEqual(expected);
  });

  it('on-call is whoever the calendar names now, from the first instant to before the last', () => {
    const night = at('2026-11-23T22:00:00Z');
    const duties = [{ username: 'lea', starts: night, ends: night + 1_000 }];
    const alert = anAlert({ escalationLevel: 1, nextStepAt: night });
    const told = (now: number) => who(planEscalation(input({ escalation, alert, duties, now })));
    expect([told(night), told(night + 999), told(night + 1_000)]).toEqual([['lea'], ['lea'], []]);
  });
});

describe('the settings of a site', () => {
  it('are complete by themselves and refuse what would tell nobody', () => {
    expect(escalationSchema.parse({})).toEqual(DEFAULT_ESCALATION);
    expect(escalationSchema.safeParse({ steps: [] }).success).toBe(false);
    expect(escalationSchema.safeParse({ steps: [{}] }).success).toBe(false);
    expect(escalationSchema.safeParse({ repeatSeconds: 0 }).success).toBe(false);
    expect(
      escalationSchema.safeParse({ bands: [{ from: '25:00', to: '06:00', steps: [{ onCall: true }] }] }).success,
    ).toBe(false);
  });
});
