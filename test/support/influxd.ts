import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, requireProgram, startProgram, type RunningProgram } from './program.js';
import { until } from './until.js';

export interface Influxd {
  readonly url: string;
  readonly dir: string;
  /** Runs InfluxQL and returns the parsed answer. */
  query(text: string, database?: string): Promise<InfluxAnswer>;
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  /** Starts again on the same data and ports. */
  start(): Promise<void>;
  /** Stops it and deletes its data. */
  close(): Promise<void>;
}
export interface InfluxAnswer {
  results: {
    series?: { name: string; columns: string[]; values: unknown[][]; tags?: Record<string, string> }[];
    error?: string;
  }[];
}

const configure = async (program: string, dir: string): Promise<{ config: string; url: string }> => {
  const [http, rpc] = [await freePort(), await freePort()];
  const { stdout } = await promisify(execFile)(program, ['config']);
  const config = join(dir, 'influxd.conf');
  const text = stdout
    .replace(/reporting-disabled = .*/, 'reporting-disabled = true')
    .replace(/bind-address = "127\.0\.0\.1:8088"/, `bind-address = "127.0.0.1:${rpc}"`)
    .replace(/bind-address = ":8086"/, `bind-address = "127.0.0.1:${http}"`)
    .replace(/^(\s*dir = ").*\/meta"/m, `$1${dir}/meta"`)
    .replace(/^(\s*dir = ").*\/data"/m, `$1${dir}/data"`)
    .replace(/^(\s*wal-dir = ").*"/m, `$1${dir}/wal"`)
    .replace(/log-enabled = true/, 'log-enabled = false')
    .replace(/store-enabled = true/, 'store-enabled = false');
  await writeFile(config, text);
  const written = await readFile(config, 'utf8');
  if (!written.includes(`${dir}/wal`) || !written.includes(`:${http}`))
    throw new Error('influxd config has changed shape');
  return { config, url: `http://127.0.0.1:${http}` };
};

/** A real InfluxDB 1.x on loopback and free ports, with its data in a temporary directory. */
export const startInfluxd = async (): Promise<Influxd> => {
  const program = requireProgram('influxd', 'influxdb');
  const dir = await mkdtemp(join(tmpdir(), 'vigie-influxd-'));
  const { config, url } = await configure(program, dir);
  let running: RunningProgram | null = null;

  const start = async (): Promise<void> => {
    running ??= startProgram(program, ['-config', config]);
    const { output } = running;
    try {
      await until('influxd to answer', async () => (await fetch(`${url}/ping`)).status === 204, { timeout: 30_000 });
    } catch (error) {
      throw new Error(`influxd did not start: ${output().slice(-2_000)}`, { cause: error });
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const program = running;
    running = null;
    await program?.stop(signal);
  };
  await start();

  return {
    url,
    dir,
    async query(text, database) {
      const response = await fetch(`${url}/query`, {
        method: 'POST',
        body: new URLSearchParams({ q: text, epoch: 'ms', ...(database === undefined ? {} : { db: database }) }),
      });
      return (await response.json()) as InfluxAnswer;
    },
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    async close() {
      await end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
};
