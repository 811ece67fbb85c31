import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { type z } from 'zod';
import { VigieError } from '../../../domain/errors.js';
import type { Log } from '../../../platform/log.js';
import type { Problem } from '../../protocol.js';

/** An answer that is not a success, as the client will read it (RFC 9457). `extra` members are part of the contract. */
export class HttpProblem extends VigieError {
  constructor(
    readonly status: number,
    code: string,
    readonly title: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(code, title);
  }
}

export const notFound = (what: string): HttpProblem => new HttpProblem(404, `${what}.not_found`, `No such ${what}`);
export const unauthenticated = (): HttpProblem => new HttpProblem(401, 'session.required', 'Sign in first');
export const forbidden = (): HttpProblem => new HttpProblem(403, 'permission.denied', 'This role may not do this');

/** Sends `application/problem+json`. `type` is the stable code as a URN so that it needs no web page. */
export const sendProblem = (response: Response, problem: HttpProblem): void => {
  const body: Problem = {
    type: `urn:vigie:problem:${problem.code}`,
    title: problem.title,
    status: problem.status,
    code: problem.code,
    ...problem.extra,
  };
  response.status(problem.status).set(problem.headers).type('application/problem+json').send(JSON.stringify(body));
};

const fieldsOf = (error: z.ZodError): string =>
  error.issues.map(({ path, message }) => `${path.join('.') || '(root)'}: ${message}`).join('; ');

/** Parses what came from outside; 400 names each field and what was expected, never the value that came. */
export const parse = <Schema extends z.ZodType>(schema: Schema, input: unknown, part: string): z.infer<Schema> => {
  const result = schema.safeParse(input ?? {}, { reportInput: false });
  if (result.success) return result.data;
  throw new HttpProblem(400, `${part}.invalid`, `The ${part} is not valid`, { detail: fieldsOf(result.error) });
};

/** What body-parser and express throw: an `http-errors` object. */
const isHttpError = (error: unknown): error is Error & { status: number; type?: string } =>
  error instanceof Error && 'status' in error && typeof error.status === 'number';

const toProblem = (error: unknown): HttpProblem | null => {
  if (error instanceof HttpProblem) return error;
  if (isHttpError(error) && error.status >= 400 && error.status < 500)
    return new HttpProblem(error.status, `request.${(error.type ?? 'invalid').replaceAll('.', '_')}`, 'Bad request');
  return null;
};

/** The pattern of the matched route, or `unmatched`: what may be logged, since a path may carry ids. */
export const routePattern = (request: Request): string => {
  const route: unknown = request.route;
  const path = route && typeof route === 'object' && 'path' in route ? String(route.path) : 'unmatched';
  return `${request.method} ${request.baseUrl}${path}`;
};

/** Unknown API path: a problem, never the dashboard's page. */
export const noSuchRoute: RequestHandler = () => {
  throw new HttpProblem(404, 'route.not_found', 'No such address');
};

/** Last middleware: every error becomes a problem; only unexpected ones are logged, without request data. */
export const problemHandler =
  (log: Log): ErrorRequestHandler =>
  (error, request, response, next) => {
    if (response.headersSent) {
      next(error);
      return;
    }
    const problem = toProblem(error);
    if (!problem) log.error({ err: error, route: routePattern(request) }, 'request failed');
    sendProblem(response, problem ?? new HttpProblem(500, 'server.failure', 'The server could not answer'));
  };
