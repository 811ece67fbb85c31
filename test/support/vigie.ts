import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startProgram, type RunningProgram } from './program.js';
import { until } from './until.js';

const bin = new URL('../../bin/vigie.js', import.meta.url).pathname;

export interface VigieProcess {
  readonly url: string;
  readonly mqttUrl: string;
  readonly dataDir: string;
  readonly env: NodeJS.ProcessEnv;
  /** Starts the process and resolves when `/readyz` says ready. */
  start(): Promise<void>;
  /** Starts it without waiting. */
  launch(): void;
  ready(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  output(): string;
  pid(): number;
  /** Runs a subcommand to its end with the same environment. */
  run(...args: string[]): Promise<{ code: number | null; output: string }>;
}

/** A whole Vigie in its own process, as a user would run it, on free ports and an empty data directory. */
export const vigieProcess = async (
  env: NodeJS.ProcessEnv = {},
  command: readonly string[] = ['start'],
): Promise<VigieProcess> => {
  if (!existsSync(new URL('../../dist/main.js', import.meta.url))) throw new Error('run `npm run build` first');
  const dataDir = env.VIGIE_DATA_DIR ?? mkdtempSync(join(tmpdir(), 'vigie-'));
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const all: NodeJS.ProcessEnv = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    TZ: 'UTC',
    VIGIE_DATA_DIR: dataDir,
    HTTP_PORT: String(httpPort),
    MQTT_PORT: String(mqttPort),
    LOG_LEVEL: 'warn',
    ...env,
  };
  const url = `http://127.0.0.1:${all.HTTP_PORT}`;
  let program: RunningProgram | null = null;
  let earlier = '';

  const launch = (): void => {
    if (program) earlier += program.output();
    program = startProgram(process.execPath, [bin, ...command], { env: all });
  };
  const ready = async (): Promise<void> => {
    await until(
      'Vigie is ready',
      async () => {
        const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) });
        return response.ok;
      },
      { timeout: 40_000, every: 50 },
    ).catch((error: unknown) => {
      throw new Error(`Vigie did not become ready; it printed:\n${program?.output() ?? ''}`, { cause: error });
    });
  };
  return {
    url,
    mqttUrl: `mqtt://127.0.0.1:${all.MQTT_PORT}`,
    dataDir,
    env: all,
    launch,
    ready,
    async start() {
      launch();
      await ready();
    },
    kill: async () => program?.stop('SIGKILL'),
    stop: async () => program?.stop('SIGTERM'),
    output: () => earlier + (program?.output() ?? ''),
    pid: () => program?.pid ?? -1,
    async run(...args) {
      const child = startProgram(process.execPath, [bin, ...args], { env: all });
      return { code: await child.exited, output: child.output() };
    },
  };
};

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A small API client that keeps its session cookie. */
export const signIn = async (url: string, { username, password }: Credentials) => {
  const response = await fetch(`${url}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password }),
  });
  if (!response.ok) throw new Error(`sign-in failed with ${response.status}: ${await response.text()}`);
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const call = async (method: string, path: string, body?: unknown) => {
    const reply = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await reply.text();
    return { status: reply.status, body: text === '' ? null : (JSON.parse(text) as never) };
  };
  return {
    cookie,
    get: async <Body>(path: string): Promise<Body> => {
      const { status, body } = await call('GET', path);
      if (status !== 200) throw new Error(`GET ${path} answered ${status}: ${JSON.stringify(body)}`);
      return body as Body;
    },
    post: async <Body>(path: string, body: unknown): Promise<{ status: number; body: Body }> =>
      (await call('POST', path, body)) as { status: number; body: Body },
  };
};

/** Writes a provisioning file and returns its path. */
export const provisioningFile = (content: object): string => {
  const file = join(mkdtempSync(join(tmpdir(), 'vigie-provision-')), 'provision.json');
  writeFileSync(file, JSON.stringify(content));
  return file;
};

/** One EHPAD with `count` residents r-1…, each wearing device d-1…; a nurse `lea`; every password is `PASSWORD`. */
export const PASSWORD = 'une-phrase-de-test';
export const smallEhpad = (count: number, site = 'les-tilleuls') => {
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return {
    sites: [
      {
        id: site,
        name: 'EHPAD Les Tilleuls',
        kind: 'ehpad',
        timezone: 'Europe/Paris',
        units: [{ id: 'rdc', name: 'Rez-de-chaussée', rooms: numbers.map((n) => String(100 + n)) }],
      },
    ],
    residents: numbers.map((n) => ({
      id: `r-${n}`,
      site,
      unit: 'rdc',
      room: String(100 + n),
      family: `Dahlia${n}`,
      given: 'Rose',
      birthDate: '1934-02-11',
      sex: 'female',
    })),
    boxes: [{ id: 'box-1', site, username: 'box-1', password: PASSWORD }],
    devices: numbers.map((n) => ({
      id: `d-${n}`,
      site,
      model: 'wearable',
      username: `d-${n}`,
      password: PASSWORD,
      cadenceSeconds: 60,
      assignedTo: { resident: `r-${n}`, since: '2020-01-01T00:00:00Z' },
    })),
    users: [
      { username: 'lea', name: 'Léa Martin', role: 'nurse', sites: [site], password: PASSWORD },
      { username: 'ines', name: 'Inès Rossignol', role: 'nurse', sites: [site], password: PASSWORD },
      { username: 'tech', name: 'Noé Pinson', role: 'technician', sites: [site], password: PASSWORD },
    ],
  };
};
