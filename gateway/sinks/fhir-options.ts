import type { Dispatcher } from 'undici';
import { SECOND, type Millis } from '../../domain/time.js';
import { EMPTY_DIRECTORY, type Directory, type MappingSettings } from '../../fhir/context.js';
import { staticToken, type TokenSource } from './fhir-auth.js';
import type { FhirClientOptions } from './fhir-client.js';

export interface FhirSinkOptions extends Partial<MappingSettings> {
  readonly baseUrl: string;
  /** Our OID: `meta.source`, and the root of our identifiers. */
  readonly sourceOid: string;
  readonly auth?: TokenSource;
  /** A bearer token that never changes. */
  readonly token?: string;
  readonly timeout?: Millis;
  readonly dispatcher?: Dispatcher;
  /** Who and what ids stand for, as it is now. */
  readonly directory?: () => Promise<Directory>;
}

const TIMEOUT: Millis = 15 * SECOND;

export const settingsOf = ({ sourceOid, profileSet = 'r4', identityStatus = 'v2-0445' }: FhirSinkOptions) =>
  ({ sourceOid, profileSet, identityStatus }) satisfies MappingSettings;

export const connectionOf = ({ baseUrl, auth, token, timeout = TIMEOUT, dispatcher }: FhirSinkOptions) => {
  const source = auth ?? (token === undefined ? undefined : staticToken(token));
  return {
    baseUrl,
    timeout,
    ...(source ? { auth: source } : {}),
    ...(dispatcher ? { dispatcher } : {}),
  } satisfies FhirClientOptions;
};

export const directoryOf = ({ directory }: FhirSinkOptions): Promise<Directory> =>
  directory ? directory() : Promise.resolve(EMPTY_DIRECTORY);
