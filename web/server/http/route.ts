import type { RequestHandler, Response } from 'express';
import type { z } from 'zod';
import type { Permission, Principal } from '../../../domain/permissions.js';
import { can } from '../../../domain/permissions.js';
import { forbidden, HttpProblem, parse, unauthenticated } from './problem.js';

/** One authorised request, already parsed. */
export interface Call<Query, Body> {
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** `METHOD /pattern`; with the path it scopes idempotency keys. */
  readonly path: string;
  readonly idempotencyKey: string | null;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface RouteShape<Query extends z.ZodType, Body extends z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Express pattern under `/api/v1`. */
  readonly path: string;
  /** What it takes. A route cannot be declared without saying so: default deny. */
  readonly permission: Permission | 'signed-in';
  readonly summary: string;
  readonly query?: Query;
  readonly body?: Body;
  /** A success creates something: 201. */
  readonly created?: true;
  /** What a success carries; the generated OpenAPI document says so. */
  readonly answer: z.ZodType;
  handle(call: Call<z.infer<Query>, z.infer<Body>>): Promise<Answer>;
}

/** A route as data: served by `serve`, described by the OpenAPI document, walked by the rights test. */
export type Route = RouteShape<z.ZodType, z.ZodType>;

/** Declares a route; what it parses types what it handles. */
export const route = <Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
  shape: RouteShape<Query, Body>,
): Route => shape as unknown as Route;

export const ok = (body: unknown): Answer => ({ status: 200, body });

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,128}$/;

const idempotencyKeyOf = (header: string | undefined): string | null => {
  if (header === undefined) return null;
  if (IDEMPOTENCY_KEY.test(header)) return header;
  throw new HttpProblem(400, 'idempotency_key.invalid', 'Idempotency-Key: expected 1–128 visible ASCII characters');
};

export const principalOf = (response: Response): Principal | null =>
  (response.locals as { principal?: Principal }).principal ?? null;

/** The express handler of a route: who, may they, what exactly, then the work. */
export const serve =
  (route: Route): RequestHandler =>
  async (request, response) => {
    const principal = principalOf(response);
    if (!principal) throw unauthenticated();
    if (route.permission !== 'signed-in' && !can(principal, route.permission)) throw forbidden();
    const answer = await route.handle({
      principal,
      params: request.params as Record<string, string>,
      query: route.query ? parse(route.query, request.query, 'query') : undefined,
      body: route.body ? parse(route.body, request.body, 'body') : undefined,
      path: `${request.method} ${request.path}`,
      idempotencyKey: idempotencyKeyOf(request.get('idempotency-key')),
    });
    response.status(answer.status).set(answer.headers ?? {});
    if (answer.body === undefined) response.end();
    else response.json(answer.body);
  };
