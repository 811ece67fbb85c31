import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { createHarness, own, type Harness } from '../../contract/broker/harness.js';
import { requireProgram } from '../../support/program.js';

interface Pair {
  readonly cert: Buffer;
  readonly key: Buffer;
}

describe('transports', () => {
  let dir: string;
  let ca: Buffer;
  let server: Pair;
  const certificates: Record<string, Pair> = {};
  let harness: Harness;
  const clients: MqttClient[] = [];

  /** A certificate for `name`, signed by `authority` (itself when it is the authority). */
  const issue = async (name: string, authority: string): Promise<Pair> => {
    const openssl = requireProgram('openssl', 'openssl');
    const run = (...args: string[]) => promisify(execFile)(openssl, args, { cwd: dir });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${name}.key`];
    if (name === authority)
      await run('req', '-x509', ...key, '-out', `${name}.crt`, '-subj', `/CN=${name}`, '-days', '2');
    else {
      await run('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
      await writeFile(join(dir, 'san'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
      const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
      await run(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...signer,
        '-out',
        `${name}.crt`,
        '-days',
        '2',
        '-extfile',
        'san',
      );
    }
    return { cert: await readFile(join(dir, `${name}.crt`)), key: await readFile(join(dir, `${name}.key`)) };
  };

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'vigie-tls-'));
    ca = (await issue('ca', 'ca')).cert;
    await issue('other-ca', 'other-ca');
    server = await issue('localhost', 'ca');
    certificates.known = await issue('ox-1', 'ca');
    certificates.unknown = await issue('nobody', 'ca');
    certificates.foreign = await issue('ox-2', 'other-ca');
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end(true);
    await harness.stop();
  });

  const address = { host: '127.0.0.1', port: 0 };
  const connect = async (url: string, options: IClientOptions): Promise<MqttClient> => {
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0, ca, ...options }, false);
    client.on('error', () => {});
    clients.push(client);
    return client;
  };
  const password = { username: 'ox-1', password: 'secret' };

  it('TLS: a password opens, a client that does not trust us goes away', async () => {
    harness = await createHarness({ listeners: { tls: { ...address, ...server } } });
    const url = `mqtts://127.0.0.1:${harness.broker.ports.tls}`;
    const client = await connect(url, password);
    await client.publishAsync(own('ox-1'), '{}', { qos: 1 });
    expect(harness.inbox.rows).toMatchObject([{ identity: 'device:ox-1' }]);
    await expect(connect(url, { ...password, ca: [] as never })).rejects.toThrow(/certificate/);
  });

  it('mTLS: the certificate says which device it is, without a password', async () => {
    harness = await createHarness({ listeners: { tls: { ...address, ...server, clientCa: ca } } });
    const url = `mqtts://127.0.0.1:${harness.broker.ports.tls}`;
    const client = await connect(url, certificates.known!);
    await client.publishAsync(own('ox-1'), '{}', { qos: 1 });
    expect(harness.inbox.rows).toMatchObject([{ identity: 'device:ox-1' }]);
    expect(harness.verified).toEqual([]);
  });

  it('mTLS: an unknown name and a certificate of another authority are refused, even with a right password', async () => {
    harness = await createHarness({ listeners: { tls: { ...address, ...server, clientCa: ca } } });
    const url = `mqtts://127.0.0.1:${harness.broker.ports.tls}`;
    await expect(connect(url, { ...certificates.unknown!, ...password })).rejects.toMatchObject({ code: 5 });
    await expect(connect(url, { ...certificates.foreign!, ...password })).rejects.toMatchObject({ code: 5 });
    const client = await connect(url, password); // no certificate at all: the password counts
    expect(client.connected).toBe(true);
  });

  it('mTLS: can be made the only way in', async () => {
    harness = await createHarness({
      listeners: { tls: { ...address, ...server, clientCa: ca, requireClientCertificate: true } },
    });
    const url = `mqtts://127.0.0.1:${harness.broker.ports.tls}`;
    await expect(connect(url, password)).rejects.toThrow();
    await expect(connect(url, certificates.foreign!)).rejects.toThrow();
    expect((await connect(url, certificates.known!)).connected).toBe(true);
  });

  it('WebSocket: same broker, same rules', async () => {
    harness = await createHarness({ listeners: { ws: address } });
    const url = `ws://127.0.0.1:${harness.broker.ports.ws}/mqtt`;
    const client = await connect(url, password);
    await client.publishAsync(own('ox-1'), Buffer.alloc(300_000, 65), { qos: 1 });
    expect(harness.inbox.rows[0]!.payload).toHaveLength(300_000);
    await expect(connect(url, { ...password, password: 'wrong' })).rejects.toMatchObject({ code: 4 });
    const answer = await fetch(`http://127.0.0.1:${harness.broker.ports.ws}/mqtt`);
    expect(answer.status).toBe(426);
  });

  it('WebSocket over TLS with a client certificate', async () => {
    harness = await createHarness({ listeners: { ws: { ...address, tls: { ...server, clientCa: ca } } } });
    const client = await connect(`wss://127.0.0.1:${harness.broker.ports.ws}/mqtt`, certificates.known!);
    await client.publishAsync(own('ox-1'), '{}', { qos: 1 });
    expect(harness.inbox.rows).toMatchObject([{ identity: 'device:ox-1' }]);
  });

  it('a port that is taken is an error that names it, and nothing stays open', async () => {
    harness = await createHarness();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as AddressInfo;
    await expect(createHarness({ listeners: { tcp: address, ws: { host: '127.0.0.1', port } } })).rejects.toMatchObject(
      { code: 'broker.listen', message: expect.stringContaining(`${port}`) },
    );
    await new Promise((resolve) => taken.close(resolve));
  });
});
