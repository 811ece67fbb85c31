import { METRICS } from '../../../domain/metrics.js';
import { effectiveThresholds, THRESHOLD_METRICS, THRESHOLD_SETTINGS_KEY } from '../../../domain/thresholds.js';
import { settingsFor } from '../../../platform/store/settings.js';
import { thresholdsSchema, type ThresholdsView } from '../../protocol.js';
import { residentFor } from '../access.js';
import type { WebContext } from '../context.js';
import { ok, route, type Route } from '../http/route.js';

/** The limits that ring, and who decided each. */
export const thresholdRoutes = ({ store }: WebContext): Route[] => [
  route({
    method: 'get',
    path: '/residents/:id/thresholds',
    permission: 'readings.read',
    summary: 'The limits that apply to a resident and where each comes from',
    answer: thresholdsSchema,
    async handle({ principal, params }) {
      const resident = await residentFor(store.db, principal, params.id);
      const effective = effectiveThresholds(await settingsFor(store.db, THRESHOLD_SETTINGS_KEY), resident);
      const metrics = THRESHOLD_METRICS.map((metric) => [metric, { unit: METRICS[metric].unit, ...effective[metric] }]);
      return ok({ metrics: Object.fromEntries(metrics) as ThresholdsView['metrics'] });
    },
  }),
];
