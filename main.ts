/** The `vigie` command (contract §1). Each subcommand is one file of `cli/`, loaded only when it is asked for. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { fail } from './cli/fail.js';
import { isRole, ROLE_NAMES, type RoleName } from './cli/roles.js';

const positive = (text: string): number => {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('expected a number above 0');
  return value;
};
const count = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number, 0 or more');
  return value;
};
const role = (name: string, roles: RoleName[] = []): RoleName[] => {
  if (!isRole(name)) throw new InvalidArgumentError(`expected one of ${ROLE_NAMES.join(', ')}`);
  return [...roles, name];
};

const program = new Command('vigie')
  .description('Telemonitoring gateway for private homes and EHPADs')
  .showHelpAfterError('(add --help for what is expected)')
  .configureHelp({ sortSubcommands: false });

program
  .command('start')
  .description('start the named roles (default: all); configured by the environment')
  .argument('[roles...]', `any of ${ROLE_NAMES.join(', ')}`, role)
  .action(async (roles: RoleName[] = []) => (await import('./cli/start.js')).start(roles));

program
  .command('demo')
  .description('start with a simulated EHPAD and homes, and print the address and the logins')
  .option('--speed <n>', 'how much faster than life the simulated day runs', positive, 1)
  .option('--seed <s>', 'same seed, same people, same day', 'vigie')
  .option('--residents <n>', 'residents of the EHPAD', count, 40)
  .option('--homes <n>', 'private homes', count, 10)
  .action(async (options: { speed: number; seed: string; residents: number; homes: number }) =>
    (await import('./cli/demo.js')).demo(options),
  );

program
  .command('provision')
  .description('create or update sites, residents, devices, boxes and users from a JSON file')
  .argument('<file>')
  .option('--dry-run', 'say what would change and change nothing', false)
  .action(async (file: string, options: { dryRun: boolean }) =>
    (await import('./cli/provision.js')).provisionFile(file, options),
  );

program
  .command('decode')
  .description('decode an array of device messages and print one JSON line for each; needs no server')
  .argument('<file>')
  .option('--fhir', 'add the FHIR Bundle that would be sent for a test resident', false)
  .action(async (file: string, options: { fhir: boolean }) =>
    (await import('./cli/decode.js')).decodeFile(file, options),
  );

program
  .command('backtest')
  .description('run the alert rules over recorded readings and print one JSON line for each alert; needs no server')
  .argument('<file>', 'NDJSON of canonical readings in order of reception, and ticks')
  .option('--settings <file>', 'JSON: { "rules": { rule: { scope: settings } }, "residents": { id: { "spo2Scale" } } }')
  .action(async (file: string, options: { settings?: string }) =>
    (await import('./cli/backtest.js')).backtestFile(file, options),
  );

program
  .command('simulate')
  .description('run a scenario against a running system and check the alerts it expects')
  .argument('<scenario>')
  .option('--seed <s>', 'same seed, same people', 'vigie')
  .option('--speed <n>', 'how much faster than life', positive, 1)
  .option('--broker <url>', 'MQTT broker', 'mqtt://127.0.0.1:1883')
  .option('--url <url>', 'where the dashboard API is', 'http://127.0.0.1:3000')
  .option('--json', 'print the result as JSON', false)
  .action(
    async (scenario: string, options: { seed: string; speed: number; broker: string; url: string; json: boolean }) =>
      (await import('./cli/simulate.js')).simulate(scenario, options),
  );

program
  .command('replay')
  .description('publish a recording of raw messages, times shifted to now')
  .argument('<file>')
  .option('--broker <url>', 'MQTT broker', 'mqtt://127.0.0.1:1883')
  .option('--username <name>', 'MQTT identity to publish as')
  .option('--password <password>', 'its password (better: the variable MQTT_PASSWORD)')
  .action(async (file: string, options: { broker: string; username?: string; password?: string }) =>
    (await import('./cli/simulate.js')).replay(file, options),
  );

const user = program.command('user').description('local accounts');
user
  .command('add')
  .argument('<username>')
  .requiredOption('--name <name>', 'name shown to colleagues')
  .addOption(
    new Option('--role <role>')
      .choices(['aide', 'nurse', 'physician', 'technician', 'admin', 'display'])
      .makeOptionMandatory(),
  )
  .option('--site <id...>', 'site the account may see (repeatable)', [])
  .description('add an account; the password is read from standard input')
  .action(async (username: string, options: { name: string; role: string; site: string[] }) =>
    (await import('./cli/user.js')).addUser(username, options),
  );
user
  .command('passwd')
  .argument('<username>')
  .description('change a password, read from standard input')
  .action(async (username: string) => (await import('./cli/user.js')).changePassword(username));
user
  .command('disable')
  .argument('<username>')
  .description('refuse this account from now on and end its sessions')
  .action(async (username: string) => (await import('./cli/user.js')).disable(username));
user
  .command('list')
  .description('list the accounts')
  .action(async () => (await import('./cli/user.js')).list());

const deadLetters = program.command('dead-letters').description('readings and alerts a receiving system refused');
deadLetters
  .command('list')
  .option('--sink <name>', 'only those of one sink, e.g. fhir')
  .description('list what waits, and why it was refused')
  .action(async ({ sink }: { sink?: string }) => (await import('./cli/dead-letters.js')).listLetters(sink));
deadLetters
  .command('replay')
  .argument('[ids...]', 'numbers of the list; none: all', (text: string, ids: number[] = []) => [...ids, count(text)])
  .option('--sink <name>', 'only those of one sink')
  .description('offer them again; the running gateway does it')
  .action(async (ids: number[] = [], { sink }: { sink?: string }) =>
    (await import('./cli/dead-letters.js')).replayLetters(ids, sink),
  );

program
  .command('migrate')
  .description('bring the database to this version (a backup is made first)')
  .action(async () => (await import('./cli/database.js')).migrateStore());
program
  .command('backup')
  .argument('<dir>')
  .description('copy the running SQLite databases to a folder')
  .action(async (dir: string) => (await import('./cli/database.js')).backupTo(dir));
program
  .command('restore')
  .argument('<dir>')
  .description('put a backup back in place (Vigie must be stopped)')
  .action(async (dir: string) => (await import('./cli/database.js')).restoreFrom(dir));
program
  .command('doctor')
  .description('check configuration, disk, store, broker, InfluxDB and FHIR server; say what is wrong and what to do')
  .action(async () => (await import('./cli/doctor.js')).doctor());
program
  .command('health')
  .description('ask the running system whether it lives; for container health checks')
  .action(async () => (await import('./cli/doctor.js')).health());

await program.parseAsync().catch(fail);
