import express, { type ErrorRequestHandler, type Request, type Response, type Router } from 'express';
import type { CapabilityStatement, FhirResource, OperationOutcome } from 'fhir/r4.js';
import { can, type Permission, type Principal } from '../../../domain/permissions.js';
import type { MappingSettings } from '../../../fhir/context.js';
import type { WebContext } from '../context.js';
import { HttpProblem, forbidden, notFound, unauthenticated } from '../http/problem.js';
import { principalOf } from '../http/route.js';
import { lastObservations, OBSERVATION_PARAMS, readObservation, searchObservations } from './observations.js';
import {
  DEVICE_PARAMS,
  FLAG_PARAMS,
  PATIENT_PARAMS,
  readDevice,
  readFlag,
  searchDevices,
  searchFlags,
  searchPatients,
} from './others.js';
import { readParams, type Params } from './params.js';
import { searchset, viewFor, type Found, type View } from './view.js';

export type FacadeContext = Pick<WebContext, 'store' | 'registry' | 'log' | 'now'>;

interface Served {
  /** One of these is enough. */
  readonly permissions: readonly Permission[];
  readonly params: readonly string[];
  search(params: Params, view: View): Promise<Found> | Found;
  read(id: string, view: View): Promise<FhirResource | null> | FhirResource | null;
}

const served = ({ store, registry, now }: FacadeContext): Readonly<Record<string, Served>> => ({
  Patient: {
    permissions: ['residents.read'],
    params: PATIENT_PARAMS,
    search: searchPatients,
    read: (id, view) => {
      const resident = view.resident(id);
      return resident ? view.patientResource(resident) : null;
    },
  },
  Device: {
    // Whoever reads a measure may read what measured it.
    permissions: ['devices.read', 'readings.read'],
    params: DEVICE_PARAMS,
    async search(params, view) {
      const known = await registry.current();
      return searchDevices(params, view, (device) => known.assignmentAt(device, now())?.resident ?? null);
    },
    read: readDevice,
  },
  Observation: {
    permissions: ['readings.read'],
    params: OBSERVATION_PARAMS,
    search: (params, view) => searchObservations(store.db, params, view),
    read: (id, view) => readObservation(store.db, id, view),
  },
  Flag: {
    permissions: ['alerts.read'],
    params: FLAG_PARAMS,
    search: (params, view) => searchFlags(store.db, params, view),
    read: (id, view) => readFlag(store.db, id, view),
  },
});

const metadata = (types: Readonly<Record<string, Served>>, date: string): CapabilityStatement => ({
  resourceType: 'CapabilityStatement',
  status: 'active',
  date,
  kind: 'instance',
  software: { name: 'Vigie' },
  implementation: { description: 'Readings of the last 30 days, devices, residents and alerts of Vigie; read-only' },
  fhirVersion: '4.0.1',
  format: ['json'],
  rest: [
    {
      mode: 'server',
      resource: Object.entries(types).map(([type, { params }]) => ({
        type: type as 'Observation',
        interaction: [{ code: 'read' }, { code: 'search-type' }],
        searchParam: ['_id', 'identifier', ...params]
          .filter((name) => !['_sort', '_include', 'max'].includes(name))
          .map((name) => ({ name, type: SEARCH_TYPES[name] ?? 'token' })),
        ...(type === 'Observation'
          ? {
              searchInclude: ['Observation:patient', 'Observation:subject', 'Observation:device'],
              operation: [{ name: 'lastn', definition: 'http://hl7.org/fhir/OperationDefinition/Observation-lastn' }],
            }
          : {}),
      })),
    },
  ],
});
const SEARCH_TYPES: Readonly<Record<string, 'reference' | 'date' | 'string'>> = {
  patient: 'reference',
  subject: 'reference',
  device: 'reference',
  date: 'date',
  birthdate: 'date',
  name: 'string',
  family: 'string',
  given: 'string',
};

const ISSUE: Readonly<Record<number, OperationOutcome['issue'][number]['code']>> = {
  400: 'invalid',
  401: 'login',
  403: 'forbidden',
  404: 'not-found',
  405: 'not-supported',
  406: 'not-supported',
};
const send = (response: Response, status: number, resource: FhirResource): void =>
  void response.status(status).type('application/fhir+json').send(JSON.stringify(resource));

/** Every error of the facade is an OperationOutcome; only unexpected ones are logged, without request data. */
const outcomeHandler =
  ({ log }: FacadeContext): ErrorRequestHandler =>
  (error: unknown, _request, response, next) => {
    if (response.headersSent) return next(error);
    const known = error instanceof HttpProblem ? error : null;
    if (!known) log.error({ err: error }, 'a FHIR request failed');
    const status = known?.status ?? 500;
    send(response, status, {
      resourceType: 'OperationOutcome',
      issue: [
        {
          severity: 'error',
          code: ISSUE[status] ?? 'exception',
          diagnostics: known?.title ?? 'The server could not answer',
        },
      ],
    });
  };

const signedIn = (response: Response, { permissions }: Served): Principal => {
  const principal = principalOf(response);
  if (!principal) throw unauthenticated();
  if (!permissions.some((permission) => can(principal, permission))) throw forbidden();
  return principal;
};

const selfOf = (request: Request): URL =>
  new URL(request.originalUrl, `${request.protocol}://${request.get('host') ?? 'localhost'}`);

/** FHIR R4 over our own data, read-only, with the session and the rights of the API. */
export const fhirFacade = (context: FacadeContext, settings: MappingSettings): Router => {
  const router = express.Router();
  const types = served(context);
  const started = new Date(context.now()).toISOString();
  const typeOf = (name: string | undefined): Served => {
    const type = name !== undefined && Object.hasOwn(types, name) ? types[name] : undefined;
    if (!type) throw notFound('resource type');
    return type;
  };
  const search =
    (run: (type: Served) => Served['search']) =>
    async (request: Request, response: Response, name: string): Promise<void> => {
      const type = typeOf(name);
      const view = await viewFor(context, settings, signedIn(response, type));
      const params = readParams(request.query as Record<string, unknown>, type.params);
      send(response, 200, searchset(await run(type)(params, view), selfOf(request)));
    };
  const searchType = search((type) => type.search);
  const lastn = search(() => (params, view) => lastObservations(context.store.db, params, view));

  router.use((request, response, next) => {
    const accepted = request.query._format ?? request.get('accept') ?? '';
    if (typeof accepted === 'string' && /xml|turtle|ttl/.test(accepted) && !/json|\*/.test(accepted))
      throw new HttpProblem(406, 'format.unsupported', 'Only JSON is served');
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new HttpProblem(405, 'method.unsupported', 'This server is read-only');
    response.set('cache-control', 'no-store');
    next();
  });
  router.get('/metadata', (_request, response) => send(response, 200, metadata(types, started)));
  router.get('/Observation/$lastn', (request, response) => lastn(request, response, 'Observation'));
  router.get('/:type', (request, response) => searchType(request, response, request.params.type));
  router.get('/:type/:id', async (request, response) => {
    const { type: name, id } = request.params;
    const type = typeOf(name);
    const view = await viewFor(context, settings, signedIn(response, type));
    const resource = await type.read(id, view);
    if (!resource) throw notFound(name);
    send(response, 200, resource);
  });
  router.use(() => {
    throw notFound('resource');
  });
  router.use(outcomeHandler(context));
  return router;
};
