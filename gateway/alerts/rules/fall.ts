import { eventRule } from '../event-rule.js';
import type { Example } from '../rule.js';

/** A fall rings at once and stays until it is closed, even when the sensor says the person is up again. */
export const rule = eventRule({
  name: 'fall',
  metric: 'fall',
  category: 'safety',
  priority: 'high',
  message: { fr: 'Chute détectée', en: 'Fall detected' },
  doubtful: { priority: 'medium', message: { fr: 'Chute possible', en: 'Possible fall' } },
});

const ringing = { priority: 'high', condition: 'active', workflow: 'open', message: 'Chute détectée' } as const;

export const examples: readonly Example[] = [
  {
    name: 'rings at once',
    timeline: [{ at: 0, metric: 'fall', value: true }],
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
  {
    name: 'stays for somebody to look after the person is up again',
    timeline: [
      { at: 0, metric: 'fall', value: true },
      { at: 40, metric: 'fall', value: false },
    ],
    alerts: [{ ...ringing, condition: 'ended', startsAt: 0, endsAt: 40 }],
  },
  {
    name: 'rings again, on the same alert, when a second fall comes before anybody closed the first',
    timeline: [
      { at: 0, metric: 'fall', value: true },
      { at: 40, metric: 'fall', value: false },
      { at: 90, metric: 'fall', value: true },
    ],
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
  {
    name: 'rises to critical when the sensor becomes sure',
    timeline: [
      { at: 0, metric: 'fall', value: true, questionable: true },
      { at: 10, metric: 'fall', value: true },
    ],
    alerts: [{ ...ringing, startsAt: 0, endsAt: null }],
  },
];
