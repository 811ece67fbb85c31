import type { HealthReport, PartState } from '../../../platform/health.js';
import type { Trouble } from '../../protocol.js';

type Failing = Exclude<PartState, 'ok'>;

/** What a carer must know of a part that fails: what it means for them, and what to do. */
const TEXTS: Record<string, Partial<Record<Failing, Trouble['text']>>> = {
  broker: {
    down: {
      fr: 'Les mesures ne sont plus enregistrées. Les appareils les gardent et les renverront. Passez voir les résidents et prévenez le support.',
      en: 'Measurements are no longer recorded. Devices keep them and will send them again. Check on residents and call support.',
    },
  },
  gateway: {
    down: {
      fr: 'Les mesures arrivent mais ne sont plus analysées : aucune nouvelle alerte ne sonnera. Passez voir les résidents et prévenez le support.',
      en: 'Measurements arrive but are no longer analysed: no new alert will sound. Check on residents and call support.',
    },
    degraded: {
      fr: 'L’historique ou l’envoi vers l’hôpital est en retard. Les alertes continuent.',
      en: 'History or delivery to the hospital is late. Alerts go on.',
    },
  },
  notify: {
    degraded: {
      fr: 'Les appels (téléphone, e-mail) ne partent pas ou n’atteignent personne. Gardez un écran Vigie sous les yeux et prévenez le support.',
      en: 'Calls (telephone, e-mail) do not leave or reach nobody. Keep a Vigie screen in sight and call support.',
    },
  },
  watchdog: {
    degraded: {
      fr: 'La surveillance du système a trouvé un défaut. Gardez un écran Vigie sous les yeux et prévenez le support.',
      en: 'The system’s watchdog found a fault. Keep a Vigie screen in sight and call support.',
    },
  },
};
const OTHER: Trouble['text'] = {
  fr: 'Une partie du système ne répond plus. Prévenez le support.',
  en: 'A part of the system does not answer. Call support.',
};

/** The technical alarm that needs no storage: sent with every tick for as long as the part fails. */
export const troubleOf = ({ parts }: HealthReport): Trouble[] =>
  Object.entries(parts).flatMap(([part, { state }]) =>
    state === 'ok' ? [] : [{ part, state, text: TEXTS[part]?.[state] ?? OTHER }],
  );
