import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { HttpProblem } from '../http/problem.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

const originHost = (origin: string): string | null => {
  try {
    return new URL(origin).host;
  } catch {
    return null; // `null`, the opaque origin
  }
};

/**
 * True when a browser says that another origin made this request. Fetch Metadata first (Sec-Fetch-Site, sent by every
 * browser since 2023), Origin against Host for older ones. A request with neither header does not come from a page:
 * scripts pass here, and the SameSite=Strict cookie is what keeps an old browser from lending its session.
 */
export const isCrossOrigin = (headers: IncomingMessage['headers'], host: string | undefined): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  const { origin } = headers;
  return origin !== undefined && originHost(origin) !== host?.toLowerCase();
};

/** Refuses unsafe methods made by another origin (CSRF). No token to fetch, keep or lose. */
export const refuseCrossOrigin: RequestHandler = (request, _response, next) => {
  if (!SAFE_METHODS.has(request.method) && isCrossOrigin(request.headers, request.host))
    throw new HttpProblem(403, 'request.cross_origin', 'Requests from another site are refused');
  next();
};
