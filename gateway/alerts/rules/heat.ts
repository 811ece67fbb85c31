import { levelRule } from '../level-rule.js';
import type { Example } from '../rule.js';

/**
 * A room that is too hot. Defaults, to be approved: the cooled room of an EHPAD is kept at 25–26 °C (plan bleu, art.
 * D.312-160 CASF, arrêté of 7 July 2005); 28 and 32 °C are ours. The départemental heatwave thresholds (Meuse: 18 °C by
 * night, 34 °C by day) are three-day means of forecasts outdoors and say nothing of a room.
 */
export const rule = levelRule({
  name: 'heat',
  metric: 'ambient_temperature',
  category: 'safety',
  direction: 'high',
  defaults: { low: 26, medium: 28, high: 32, margin: 0.5, holdMinutes: 30, clearMinutes: 10 },
  grain: 1,
  title: { fr: 'Chaleur', en: 'Heat' },
});

const hot = { condition: 'active', workflow: 'open', endsAt: null } as const;

export const examples: readonly Example[] = [
  {
    name: 'is told when it has lasted half an hour, without another reading',
    timeline: [{ at: 0, metric: 'ambient_temperature', value: 28.6 }],
    until: 1_801,
    alerts: [
      {
        ...hot,
        priority: 'medium',
        message: 'Chaleur : Température de la pièce 28,6 > 28,0\u00a0°C',
        startsAt: 0,
      },
    ],
  },
  {
    name: 'rises with the room',
    timeline: [
      { at: 0, metric: 'ambient_temperature', value: 26.4 },
      { at: 3_600, metric: 'ambient_temperature', value: 32.5 },
    ],
    until: 7_200,
    alerts: [
      { ...hot, priority: 'high', message: 'Chaleur : Température de la pièce 32,5 > 32,0\u00a0°C', startsAt: 0 },
    ],
  },
  {
    name: 'is over when the room has cooled for a while',
    timeline: [
      { at: 0, metric: 'ambient_temperature', value: 26.4 },
      { at: 3_600, metric: 'ambient_temperature', value: 25 },
      { at: 4_300, metric: 'ambient_temperature', value: 24.8 },
    ],
    alerts: [
      {
        priority: 'low',
        condition: 'ended',
        workflow: 'closed',
        message: 'Chaleur : Température de la pièce 26,4 > 26,0\u00a0°C',
        startsAt: 0,
        endsAt: 4_300,
      },
    ],
  },
  {
    name: 'says nothing of a window opened for a few minutes',
    timeline: [
      { at: 0, metric: 'ambient_temperature', value: 26.4 },
      { at: 600, metric: 'ambient_temperature', value: 24 },
    ],
    until: 7_200,
    alerts: [],
  },
];
