import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Request, type Response } from 'express';
import { badRequest, getStatus } from '@medplum/core';
import { FhirRouter, type FhirRequest } from '@medplum/fhir-router';
import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { IndexedRepository, loadFhirDefinitions } from './fhir-repository.js';

/** How the server misbehaves until told otherwise. */
export type FhirFault =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string; readonly body?: unknown }
  /** Answers after a while, having done the work. */
  | { readonly kind: 'slow'; readonly millis: number }
  /** Closes the connection, before or after doing the work. */
  | { readonly kind: 'reset'; readonly after: 'nothing' | 'work' }
  /** Does the work; then says 500 for every other entry. */
  | { readonly kind: 'half' }
  /** Does all but the entry with this identifier, for which it answers this. */
  | { readonly kind: 'poison'; readonly value: string; readonly status: string; readonly outcome?: unknown };

export interface FhirServer {
  readonly baseUrl: string;
  /** One fault per coming request, in order; then `always`, if set. */
  readonly faults: { next: FhirFault[]; always: FhirFault | null };
  /** Every request to the base: when, and what it carried. */
  readonly bundles: Bundle[];
  readonly repository: IndexedRepository;
  /** `system|value` lists of all Observations, one per resource. */
  observations(): string[][];
  /** Stops listening and cuts connections; the data stays. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const later = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis));
const send = (response: Response, status: number, body: unknown): void =>
  void response
    .status(status)
    .type('application/fhir+json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

/** Says 500 for every other entry, though all were done. */
const spoil = (bundle: Bundle): Bundle => ({
  ...bundle,
  entry: (bundle.entry ?? []).map((entry, i) => (i % 2 === 1 ? { response: { status: '500' } } : entry)),
});

const isPoisoned = (entry: BundleEntry, value: string): boolean => JSON.stringify(entry.resource ?? {}).includes(value);

/** The bundle without the poisoned entries; `restore` puts their answers back in place. */
const withoutPoison = (bundle: Bundle, { value, status, outcome }: Extract<FhirFault, { kind: 'poison' }>) => {
  const entries = bundle.entry ?? [];
  const body = { ...bundle, entry: entries.filter((entry) => !isPoisoned(entry, value)) };
  const restore = (answer: Bundle): Bundle => {
    const answers = [...(answer.entry ?? [])];
    const bad = { response: { status, outcome } } as BundleEntry;
    return { ...answer, entry: entries.map((entry) => (isPoisoned(entry, value) ? bad : (answers.shift() ?? bad))) };
  };
  return { body, restore };
};

/** A FHIR R4 server we did not write: Medplum's router over HTTP, in memory, with faults on demand. */
export const startFhirServer = async ({
  port = 0,
  token,
}: { port?: number; token?: string } = {}): Promise<FhirServer> => {
  loadFhirDefinitions();
  const router = new FhirRouter();
  const repository = new IndexedRepository();
  const faults: FhirServer['faults'] = { next: [], always: null };
  const bundles: Bundle[] = [];
  // Conditional creates are atomic on a real server; here requests simply take turns.
  let turn: Promise<unknown> = Promise.resolve();

  const work = async (request: Request): Promise<[number, unknown]> => {
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return [401, badRequest('token')];
    const [outcome, resource] = await router.handleRequest(
      {
        method: request.method as FhirRequest['method'],
        url: request.url,
        headers: request.headers,
        body: request.body as unknown,
        params: {},
        query: request.query as FhirRequest['query'],
        pathname: '',
      },
      repository,
    );
    return [getStatus(outcome), resource ?? outcome];
  };
  const inTurn = (request: Request): Promise<[number, unknown]> => {
    const result = turn.then(() => work(request));
    turn = result.catch(() => undefined);
    return result;
  };

  const app = express();
  app.use(express.json({ type: ['application/fhir+json', 'application/json'], limit: '10mb' }));
  app.use('/fhir', async (request: Request, response: Response) => {
    if ((request.body as Bundle | undefined)?.resourceType === 'Bundle') bundles.push(request.body as Bundle);
    const fault = faults.next.shift() ?? faults.always;
    if (fault?.kind === 'status') {
      if (fault.retryAfter !== undefined) response.setHeader('retry-after', fault.retryAfter);
      return send(response, fault.status, fault.body ?? {});
    }
    if (fault?.kind === 'reset' && fault.after === 'nothing') return void request.socket.destroy();
    if (fault?.kind === 'poison' && (request.body as Bundle).entry) {
      const { body: rest, restore } = withoutPoison(request.body as Bundle, fault);
      request.body = rest;
      const [status, answer] = await inTurn(request);
      return send(response, status, restore(answer as Bundle));
    }
    const [status, body] = await inTurn(request);
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'slow') await later(fault.millis);
    if (!response.closed) send(response, status, fault?.kind === 'half' ? spoil(body as Bundle) : body);
  });

  let server: Server | null = null;
  let bound = port;
  const start = async (): Promise<void> => {
    const listening = createServer(app);
    await new Promise<void>((resolve, reject) => {
      listening.once('error', reject);
      listening.listen(bound, '127.0.0.1', resolve);
    });
    bound = (listening.address() as AddressInfo).port;
    server = listening;
  };
  const stop = async (): Promise<void> => {
    const listening = server;
    server = null;
    if (!listening) return;
    await new Promise<void>((resolve) => {
      listening.close(() => resolve());
      listening.closeAllConnections();
    });
  };
  await start();

  return {
    baseUrl: `http://127.0.0.1:${bound}/fhir`,
    faults,
    bundles,
    repository,
    observations: () => repository.identifiers('Observation'),
    stop,
    start,
    close: stop,
  };
};
