import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { userInfo, tmpdir } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort, requireProgram, startProgram, type RunningProgram } from './program.js';
import { until } from './until.js';

export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  /** SIGTERM. */
  stop(): Promise<void>;
  /** kill -9. */
  kill(): Promise<void>;
  output(): string;
  /** Stops it and deletes its data. */
  close(): Promise<void>;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

/**
 * A real Mosquitto on loopback and a free port, with its data in a temporary directory and the settings that keep its
 * queue across kill -9 (docs/mqtt.md). `extra` lines end the configuration.
 */
export const startMosquitto = async (extra: readonly string[] = []): Promise<Mosquitto> => {
  const program = requireProgram('mosquitto', 'mosquitto');
  const dir = await mkdtemp(join(tmpdir(), 'vigie-mosquitto-'));
  const port = await freePort();
  const config = join(dir, 'mosquitto.conf');
  const lines = [
    `listener ${port} 127.0.0.1`,
    'allow_anonymous true',
    'persistence true',
    `persistence_location ${dir}/`,
    'autosave_on_changes true',
    'autosave_interval 1',
    'max_queued_messages 0',
    `user ${userInfo().username}`,
    ...extra,
  ];
  await writeFile(config, `${lines.join('\n')}\n`);
  let running: RunningProgram | null = null;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    await running?.stop(signal);
    running = null;
  };
  const broker: Mosquitto = {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    async start() {
      running = startProgram(program, ['-c', config]);
      await until('mosquitto listens', () => isListening(port), { timeout: 10_000 });
    },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    output: () => running?.output() ?? '',
    async close() {
      await end('SIGKILL');
      await rm(dir, { recursive: true, force: true });
    },
  };
  await broker.start();
  return broker;
};
