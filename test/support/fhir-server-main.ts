/**
 * The test FHIR server in a process of its own, for tests that must not share its event loop: prints one JSON line
 * `{"baseUrl","controlUrl"}`. Control: `GET /observations`, `PUT /faults` with `{"next":[…],"always":…}`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { startFhirServer, type FhirServer } from './fhir-server.js';

const server = await startFhirServer({ port: Number(process.argv[2] ?? 0) });
const control = createServer((request, response) => {
  void (async () => {
    if (request.method === 'PUT') Object.assign(server.faults, (await json(request)) as Partial<FhirServer['faults']>);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/observations' ? server.observations() : server.faults));
  })();
});
control.listen(0, '127.0.0.1', () => {
  const controlUrl = `http://127.0.0.1:${(control.address() as AddressInfo).port}`;
  process.stdout.write(`${JSON.stringify({ baseUrl: server.baseUrl, controlUrl })}\n`);
});
