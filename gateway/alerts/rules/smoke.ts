import { eventRule } from '../event-rule.js';
import type { Example } from '../rule.js';

/** Smoke rings at once. A detector that hesitates rings once: clear air is believed when it has lasted a minute. */
export const rule = eventRule({
  name: 'smoke',
  metric: 'smoke',
  category: 'safety',
  priority: 'high',
  message: { fr: 'Fumée détectée', en: 'Smoke detected' },
  clearSeconds: 60,
});

const ringing = { priority: 'high', condition: 'active', workflow: 'open', message: 'Fumée détectée' } as const;

export const examples: readonly Example[] = [
  {
    name: 'rings at once',
    timeline: [{ at: 0, metric: 'smoke', value: true }],
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
  {
    name: 'is one alarm when the detector hesitates',
    timeline: [true, false, true, false, true].map((value, index) => ({ at: index * 5, metric: 'smoke', value })),
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
  {
    name: 'waits for somebody after the air is clear',
    timeline: [
      { at: 0, metric: 'smoke', value: true },
      { at: 300, metric: 'smoke', value: false },
    ],
    until: 400,
    alerts: [{ ...ringing, condition: 'ended', startsAt: 0, endsAt: 360 }],
  },
];
