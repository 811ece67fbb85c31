import { Router } from 'express';
import type { Health } from '../../../platform/health.js';

/** What orchestrators and Prometheus ask; nothing of it names a person, a room or a value. */
export const statusRoutes = (options: { health: Health; scrape: () => Promise<string> }): Router => {
  const router = Router();
  router.use(['/healthz', '/readyz', '/metrics'], (_request, response, next) => {
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  router.get('/readyz', async (_request, response) => {
    const report = await options.health.report();
    response.status(report.ready ? 200 : 503).json(report);
  });
  router.get('/metrics', async (_request, response) => {
    response.type('text/plain; version=0.0.4').send(await options.scrape());
  });
  return router;
};
