import { z } from 'zod';
import { credentialsSchema, meSchema, problemSchema } from '../../protocol.js';
import type { Route } from './route.js';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
  return rest;
};
const content = (schema: z.ZodType, io: 'input' | 'output', type = 'application/json'): Json => ({
  content: { [type]: { schema: schemaOf(schema, io) } },
});
const problem = (description: string): Json => ({
  description,
  ...content(problemSchema, 'output', 'application/problem+json'),
});

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

const queryParameters = (schema: z.ZodType | undefined): Json[] => {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: property,
  }));
};

const idempotencyKey: Json = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description: 'The same request with the same key is done once and answered alike.',
  schema: { type: 'string', maxLength: 128 },
};

const operation = (route: Route): Json => ({
  summary: route.summary,
  security: [{ session: [] }],
  'x-permission': route.permission,
  parameters: [
    ...pathParameters(route.path),
    ...queryParameters(route.query),
    ...(route.method === 'get' ? [] : [idempotencyKey]),
  ],
  ...(route.body ? { requestBody: { required: true, ...content(route.body, 'input') } } : {}),
  responses: {
    [route.method === 'post' && route.created ? 201 : 200]: { description: 'Done', ...content(route.answer, 'output') },
    default: problem('What went wrong; `code` is stable'),
  },
});

const session: Json = {
  post: {
    summary: 'Sign in with a local account',
    requestBody: { required: true, ...content(credentialsSchema, 'input') },
    responses: {
      200: { description: 'Signed in; sets the session cookie', ...content(meSchema, 'output') },
      401: problem('Wrong name or password'),
      429: problem('Too many attempts; see Retry-After'),
    },
  },
  delete: {
    summary: 'Sign out',
    security: [{ session: [] }],
    responses: { 204: { description: 'Signed out' }, 401: problem('Nobody was signed in') },
  },
};

const webhook = (sender: string): Json => ({
  post: {
    summary: `Webhook of ${sender}, in the name of a box`,
    security: [{ box: [] }],
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: {
      200: { description: 'Stored' },
      400: problem('Not a message of this network server'),
      401: problem('Not the password of a box'),
      413: problem('More than 1 MB'),
      429: problem('Too many wrong passwords, or too many messages; see Retry-After'),
      503: problem('Not stored: send it again'),
    },
  },
});

/** The OpenAPI 3.1 document of what is served, made from the routes themselves. */
export const openApi = (routes: readonly Route[], options: { cookie: string; version: string }): Json => {
  const paths: Record<string, Json> = {
    '/api/v1/session': session,
    '/api/v1/ingest/tts': webhook('The Things Stack'),
    '/api/v1/ingest/chirpstack': webhook('ChirpStack'),
  };
  for (const route of routes) {
    const path = `/api/v1${route.path.replace(/:(\w+)/g, '{$1}')}`;
    paths[path] = { ...paths[path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Vigie', version: options.version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    paths,
    components: {
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: options.cookie },
        box: { type: 'http', scheme: 'basic' },
      },
    },
  };
};
