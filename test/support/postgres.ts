import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort, requireProgram, type RunningProgram, startProgram } from './program.js';
import { until } from './until.js';

/** A PostgreSQL server of our own, on loopback, with fsync on; it dies with the test run. */
export interface PostgresServer {
  /** A new, empty database; its URL is what `DATABASE_URL` takes. */
  createDatabase(): Promise<string>;
  /** Runs one statement as the administrator, in the `postgres` database. */
  admin(statement: string): Promise<void>;
  /** kill -9, then a start on the same data and port. */
  crashAndRestart(): Promise<void>;
  stop(): Promise<void>;
}

const DEBIAN = '/usr/lib/postgresql';
const binaryDirs = (): string[] =>
  existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin')) : [];

/** The server refuses to run as root: Debian's package brings a user for it. */
const account = (): { uid?: number; gid?: number } => {
  if (process.getuid?.() !== 0) return {};
  const entry = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'postgres');
  if (!entry) throw new Error('this test needs the user postgres: apt-get install postgresql');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
};

/** Creates a cluster in a temporary directory and starts it. Fails, naming the Debian package, when there is none. */
export const startPostgres = async (): Promise<PostgresServer> => {
  const initdb = requireProgram('initdb', 'postgresql', binaryDirs());
  const postgres = requireProgram('postgres', 'postgresql', binaryDirs());
  const user = account();
  const dir = mkdtempSync(join(tmpdir(), 'vigie-postgres-'));
  if (user.uid !== undefined && user.gid !== undefined) chownSync(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  const created = startProgram(initdb, ['-D', data, '-U', 'vigie', '-A', 'trust', '-E', 'UTF8', '--no-locale'], user);
  if ((await created.exited) !== 0) throw new Error(`initdb failed:\n${created.output()}`);

  const port = await freePort();
  const url = (database: string): string => `postgres://vigie@127.0.0.1:${port}/${database}`;
  const admin = async (statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: url('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  };
  const start = async (): Promise<RunningProgram> => {
    const args = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-k', dir];
    const server = startProgram(postgres, args, user);
    let stopped = false;
    void server.exited.then(() => (stopped = true));
    await until('PostgreSQL to answer', async () => {
      if (stopped) throw new Error(`postgres stopped:\n${server.output()}`);
      await admin('select 1');
      return true;
    });
    return server;
  };
  let server = await start();
  let databases = 0;

  return {
    admin,
    async createDatabase() {
      const name = `test_${(databases += 1)}`;
      await admin(`create database ${name}`);
      return url(name);
    },
    async crashAndRestart() {
      await server.stop('SIGKILL');
      server = await start();
    },
    async stop() {
      // SIGINT is PostgreSQL's "fast shutdown": it does not wait for clients.
      await server.stop('SIGINT');
      rmSync(dir, { recursive: true, force: true });
    },
  };
};
