import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { VigieError } from '../domain/errors.js';

const port = z.coerce.number().int().min(0).max(65_535);
const url = (...schemes: string[]) =>
  z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`), error: `expected a ${schemes.join(':// or ')}:// URL` });

/** Every environment variable Vigie reads (contract §2). The table in the docs and the compose test come from it. */
export const configSchema = z.object({
  VIGIE_DATA_DIR: z.string().min(1).default('./data'),
  HTTP_PORT: port.default(3000),
  HTTP_HOST: z.string().default('127.0.0.1'),
  MQTT_PORT: port.default(1883),
  MQTT_HOST: z.string().default('127.0.0.1'),
  MQTTS_PORT: port.optional(),
  WS_PORT: port.optional(),
  TLS_CERT: z.string().optional(),
  TLS_KEY: z.string().optional(),
  TLS_CLIENT_CA: z.string().optional(),
  MQTT_URL: url('mqtt', 'mqtts', 'ws', 'wss').optional(),
  MQTT_USERNAME: z.string().optional(),
  MQTT_PASSWORD: z.string().optional(),
  MQTT_SHARE_GROUP: z
    .string()
    .regex(/^[^/+#]*$/, 'expected a share name without "/", "+" or "#"')
    .default('vigie'),
  DATABASE_URL: url('postgres', 'postgresql').optional(),
  INFLUX_URL: url('http', 'https').optional(),
  INFLUX_DATABASE: z.string().default('vigie'),
  INFLUX_USERNAME: z.string().optional(),
  INFLUX_PASSWORD: z.string().optional(),
  FHIR_BASE_URL: url('http', 'https').optional(),
  FHIR_AUTH: z.enum(['none', 'bearer', 'smart-backend']).default('none'),
  FHIR_TOKEN: z.string().optional(),
  FHIR_CLIENT_ID: z.string().optional(),
  FHIR_PRIVATE_KEY: z.string().optional(),
  FHIR_TOKEN_URL: url('http', 'https').optional(),
  FHIR_SCOPE: z.string().default('system/*.cruds'),
  FHIR_CLIENT_CERT: z.string().optional(),
  FHIR_CLIENT_KEY: z.string().optional(),
  FHIR_CA: z.string().optional(),
  FHIR_PROFILE_SET: z.enum(['ans', 'r4']).default('r4'),
  FHIR_FLOW: z.enum(['batch', 'ans-feeding']).default('batch'),
  FHIR_IDENTITY_STATUS: z.enum(['v2-0445', 'identity-status']).default('v2-0445'),
  FHIR_SOURCE_OID: z
    .string()
    .regex(/^[0-2](\.(0|[1-9]\d*))+$/, 'expected an OID, e.g. 1.2.250.1.999.1')
    .default('1.2.250.1.999.1'),
  SMTP_URL: url('smtp', 'smtps').optional(),
  SMS_HTTP_URL: url('http', 'https').optional(),
  NOTIFY_WEBHOOK_URL: url('http', 'https').optional(),
  VAPID_SUBJECT: z.string().optional(),
  OIDC_ISSUER: url('http', 'https').optional(),
  OIDC_CLIENT_ID: z.string().optional(),
  OIDC_CLIENT_SECRET: z.string().optional(),
  OIDC_PRESET: z.enum(['psc-bas', 'psc']).optional(),
  HL7_MLLP_PORT: port.optional(),
  HL7_MLLP_HOST: z.string().default('127.0.0.1'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
});
export type Config = z.infer<typeof configSchema>;

const rules: readonly [failed: (c: Config) => boolean, variable: keyof Config, expected: string][] = [
  [(c) => c.MQTTS_PORT !== undefined && !(c.TLS_CERT && c.TLS_KEY), 'MQTTS_PORT', 'TLS_CERT and TLS_KEY as well'],
  [(c) => c.FHIR_AUTH === 'bearer' && !c.FHIR_TOKEN, 'FHIR_AUTH', 'FHIR_TOKEN as well when FHIR_AUTH=bearer'],
  [
    (c) => (c.FHIR_CLIENT_CERT === undefined) !== (c.FHIR_CLIENT_KEY === undefined),
    'FHIR_CLIENT_CERT',
    'FHIR_CLIENT_CERT and FHIR_CLIENT_KEY together (PEM; better as FHIR_CLIENT_CERT_FILE and FHIR_CLIENT_KEY_FILE)',
  ],
  [
    (c) => c.FHIR_AUTH === 'smart-backend' && !(c.FHIR_CLIENT_ID && c.FHIR_PRIVATE_KEY),
    'FHIR_AUTH',
    'FHIR_CLIENT_ID and FHIR_PRIVATE_KEY as well when FHIR_AUTH=smart-backend',
  ],
];

/** Every fault of the environment at once; the process should print it and exit with code 78 (EX_CONFIG). */
export class ConfigError extends VigieError {
  constructor(readonly faults: readonly string[]) {
    super(
      'config.invalid',
      `The configuration has ${faults.length} fault(s):\n${faults.map((f) => `  - ${f}`).join('\n')}`,
    );
  }
}

const readSecrets = (env: NodeJS.ProcessEnv, faults: string[]): Record<string, string> => {
  const values: Record<string, string> = {};
  for (const name of Object.keys(configSchema.shape)) {
    const direct = env[name];
    const file = env[`${name}_FILE`];
    if (direct && file) faults.push(`${name}: both ${name} and ${name}_FILE are set; expected one of them`);
    // An empty variable is how compose files say "not set".
    if (direct) values[name] = direct;
    else if (file) {
      try {
        values[name] = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      } catch (error) {
        faults.push(
          `${name}_FILE: expected a readable file, got ${(error as NodeJS.ErrnoException).code ?? 'an error'}`,
        );
      }
    }
  }
  return values;
};

/** Reads and validates the environment. `X_FILE` gives X from a file. Throws `ConfigError`; never echoes a value. */
export const loadConfig = (env: NodeJS.ProcessEnv = process.env): Config => {
  const faults: string[] = [];
  const result = configSchema.safeParse(readSecrets(env, faults));
  if (!result.success)
    for (const issue of result.error.issues) faults.push(`${issue.path.join('.')}: ${issue.message}`);
  else
    for (const [failed, variable, expected] of rules)
      if (failed(result.data)) faults.push(`${variable}: expected ${expected}`);
  if (faults.length > 0 || !result.success) throw new ConfigError(faults);
  return result.data;
};
