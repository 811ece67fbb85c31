import { Agent } from 'undici';
import { SECOND, type Millis } from '../domain/time.js';
import { lacks } from '../fhir/capability.js';
import type { Config } from '../platform/config.js';
import type { Log } from '../platform/log.js';
import type { Store } from '../platform/store/db.js';
import { backendToken, staticToken, type TokenSource } from '../gateway/sinks/fhir-auth.js';
import { fhirAlertSink } from '../gateway/sinks/fhir-alerts.js';
import { createFhirClient } from '../gateway/sinks/fhir-client.js';
import { storeDirectory } from '../gateway/sinks/fhir-directory.js';
import { connectionOf, type FhirSinkOptions } from '../gateway/sinks/fhir-options.js';
import { fhirFeedingSink, fhirSink } from '../gateway/sinks/fhir.js';
import type { AlertRow, Sink } from '../gateway/sinks/sink.js';

const ANSWER_WITHIN: Millis = 10 * SECOND;

const authOf = (config: Config, baseUrl: string, dispatcher: Agent | undefined): TokenSource | undefined => {
  if (config.FHIR_AUTH === 'bearer') return staticToken(config.FHIR_TOKEN ?? '');
  if (config.FHIR_AUTH !== 'smart-backend') return undefined;
  return backendToken({
    baseUrl,
    clientId: config.FHIR_CLIENT_ID ?? '',
    privateKey: config.FHIR_PRIVATE_KEY ?? '',
    scope: config.FHIR_SCOPE,
    ...(config.FHIR_TOKEN_URL ? { tokenUrl: config.FHIR_TOKEN_URL } : {}),
    ...(dispatcher ? { dispatcher } : {}),
  });
};

/** Client certificate and own authority, when configured. */
const dispatcherOf = ({ FHIR_CLIENT_CERT: cert, FHIR_CLIENT_KEY: key, FHIR_CA: ca }: Config): Agent | undefined =>
  cert || ca ? new Agent({ connect: { ...(cert && key ? { cert, key } : {}), ...(ca ? { ca } : {}) } }) : undefined;

/** How to reach the FHIR server; null when none is configured. */
export const fhirOptions = (config: Config): FhirSinkOptions | null => {
  const { FHIR_BASE_URL: baseUrl } = config;
  if (!baseUrl) return null;
  const dispatcher = dispatcherOf(config);
  const auth = authOf(config, baseUrl, dispatcher);
  return {
    baseUrl,
    sourceOid: config.FHIR_SOURCE_OID,
    profileSet: config.FHIR_PROFILE_SET,
    identityStatus: config.FHIR_IDENTITY_STATUS,
    ...(auth ? { auth } : {}),
    ...(dispatcher ? { dispatcher } : {}),
  };
};

/** The FHIR version of the server, and what it lacks. Throws with what is wrong and what to do. */
export const checkFhirServer = async (
  options: FhirSinkOptions,
  flow: Config['FHIR_FLOW'],
): Promise<{ version: string; lacks: string[] }> => {
  const client = createFhirClient(connectionOf(options));
  const statement = await client.capabilities(AbortSignal.timeout(ANSWER_WITHIN)).catch((error: unknown) => {
    const { response, code } = (error ?? {}) as { response?: { status?: number }; code?: unknown };
    const why = response?.status ?? (typeof code === 'string' ? code : 'nothing');
    throw new Error(`GET /metadata answered ${why}: check FHIR_BASE_URL and FHIR_AUTH`);
  });
  return { version: statement.fhirVersion ?? '(no version given)', lacks: lacks(statement, flow) };
};

/** The sinks of readings and of alerts for the configured server; says in the log what the server lacks. */
export const fhirSinks = (config: Config, store: Store, log: Log): { readings: Sink[]; alerts: Sink<AlertRow>[] } => {
  const connection = fhirOptions(config);
  if (!connection) return { readings: [], alerts: [] };
  const options = { ...connection, directory: storeDirectory(store) };
  checkFhirServer(options, config.FHIR_FLOW).then(
    (found) => {
      if (found.lacks.length > 0) log.warn(found, 'the FHIR server does not declare everything Vigie uses');
    },
    (error: unknown) => log.warn({ reason: (error as Error).message }, 'the FHIR server does not say what it can do'),
  );
  // Mon espace santé takes measures; alerts are for a server of one's own.
  return config.FHIR_FLOW === 'ans-feeding'
    ? { readings: [fhirFeedingSink(options)], alerts: [] }
    : { readings: [fhirSink(options)], alerts: [fhirAlertSink(options)] };
};
