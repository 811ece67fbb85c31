import type { RequestHandler } from 'express';
import type { Log } from '../../../platform/log.js';
import { routePattern } from './problem.js';

/** One debug line per request: the route's pattern, never its path, query, body or user. */
export const requestLog =
  (log: Log): RequestHandler =>
  (request, response, next) => {
    const started = performance.now();
    response.once('finish', () => {
      const ms = Math.round(performance.now() - started);
      log.debug({ route: routePattern(request), status: response.statusCode, ms }, 'request');
    });
    next();
  };
