import { eventRule } from '../event-rule.js';
import type { Example } from '../rule.js';

/** Water on the floor: somebody may slip. Over when the sensor has been dry for ten minutes. */
export const rule = eventRule({
  name: 'water',
  metric: 'water_leak',
  category: 'safety',
  priority: 'medium',
  message: { fr: 'Fuite d’eau', en: 'Water leak' },
  clearSeconds: 600,
});

const wet = { priority: 'medium', condition: 'active', workflow: 'open', message: 'Fuite d’eau' } as const;

export const examples: readonly Example[] = [
  {
    name: 'rings at once',
    timeline: [
      { at: 0, metric: 'water_leak', value: false },
      { at: 5, metric: 'water_leak', value: true },
    ],
    alerts: [{ ...wet, startsAt: 5, endsAt: null }],
  },
  {
    name: 'closes by itself when the floor has been dry for a while',
    timeline: [
      { at: 0, metric: 'water_leak', value: true },
      { at: 60, metric: 'water_leak', value: false },
    ],
    until: 900,
    alerts: [{ ...wet, condition: 'ended', workflow: 'closed', startsAt: 0, endsAt: 660 }],
  },
];
