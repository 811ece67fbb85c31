import { eventRule } from '../event-rule.js';
import type { Example } from '../rule.js';

/** Somebody calls for help: rings at once, whatever the quality of the frame, and stays until it is closed. */
export const rule = eventRule({
  name: 'sos',
  metric: 'sos',
  category: 'safety',
  priority: 'high',
  message: { fr: 'Appel SOS', en: 'SOS call' },
});

const ringing = { priority: 'high', condition: 'active', workflow: 'open', message: 'Appel SOS' } as const;

export const examples: readonly Example[] = [
  {
    name: 'rings at the first press and once for the same call',
    timeline: [
      { at: 0, metric: 'sos', value: true },
      { at: 5, metric: 'sos', value: true },
    ],
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
  {
    name: 'rings even when the frame is doubtful',
    timeline: [{ at: 0, metric: 'sos', value: true, questionable: true }],
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
  {
    name: 'waits for somebody after the button was released',
    timeline: [
      { at: 0, metric: 'sos', value: true },
      { at: 3, metric: 'sos', value: false },
    ],
    alerts: [{ ...ringing, condition: 'ended', startsAt: 0, endsAt: 3 }],
  },
  { name: 'says nothing of a button at rest', timeline: [{ at: 0, metric: 'sos', value: false }], alerts: [] },
];
