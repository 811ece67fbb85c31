import { levelRule } from '../level-rule.js';
import type { Example } from '../rule.js';

/**
 * A room that is too cold. Defaults, to be approved: never below 18 °C, also by night (instruction
 * DGCS/SD3A/2022/282); 16 and 12 °C are ours.
 */
export const rule = levelRule({
  name: 'cold',
  metric: 'ambient_temperature',
  category: 'safety',
  direction: 'low',
  defaults: { low: 18, medium: 16, high: 12, margin: 0.5, holdMinutes: 30, clearMinutes: 10 },
  grain: 1,
  title: { fr: 'Froid', en: 'Cold' },
});

export const examples: readonly Example[] = [
  {
    name: 'is told when it has lasted half an hour',
    timeline: [
      { at: 0, metric: 'ambient_temperature', value: 17.5 },
      { at: 1_800, metric: 'ambient_temperature', value: 15.4 },
    ],
    until: 3_700,
    alerts: [
      {
        priority: 'medium',
        condition: 'active',
        workflow: 'open',
        message: 'Froid : Température de la pièce 15,4 < 16,0\u00a0°C',
        startsAt: 0,
        endsAt: null,
      },
    ],
  },
  {
    name: 'says nothing while the room is aired',
    timeline: [
      { at: 0, metric: 'ambient_temperature', value: 15 },
      { at: 900, metric: 'ambient_temperature', value: 19 },
    ],
    until: 7_200,
    alerts: [],
  },
];
