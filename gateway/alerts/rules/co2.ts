import { levelRule } from '../level-rule.js';
import type { Example } from '../rule.js';

/**
 * A room that wants air. Defaults, to be approved: 1 500 ppm action level (800 ppm is the target and no alarm); 5 000
 * ppm is the eight-hour limit of workplaces.
 */
export const rule = levelRule({
  name: 'co2',
  metric: 'co2',
  category: 'safety',
  direction: 'high',
  defaults: { low: 1_500, medium: 5_000, high: null, margin: 200, holdMinutes: 30, clearMinutes: 10 },
  grain: 500,
  title: { fr: 'Aérer la pièce', en: 'Air the room' },
});

export const examples: readonly Example[] = [
  {
    name: 'asks to air the room after half an hour',
    timeline: [0, 600, 1_200, 1_800].map((at) => ({ at, metric: 'co2', value: 1_620 })),
    alerts: [
      {
        priority: 'low',
        condition: 'active',
        workflow: 'open',
        message: 'Aérer la pièce : CO₂ 1620 > 1500\u00a0ppm',
        startsAt: 0,
        endsAt: null,
      },
    ],
  },
  {
    name: 'is over when the window did its work',
    timeline: [
      { at: 0, metric: 'co2', value: 1_700 },
      { at: 1_900, metric: 'co2', value: 1_000 },
      { at: 2_600, metric: 'co2', value: 700 },
    ],
    alerts: [
      {
        priority: 'low',
        condition: 'ended',
        workflow: 'closed',
        message: 'Aérer la pièce : CO₂ 1700 > 1500\u00a0ppm',
        startsAt: 0,
        endsAt: 2_600,
      },
    ],
  },
];
