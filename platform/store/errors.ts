import { VigieError } from '../../domain/errors.js';

/** Somebody else wrote first: the version (or episode) the caller read is no longer the stored one. */
export class ConflictError extends VigieError {}

/** The database cannot be brought to this version of the schema. */
export class MigrationError extends VigieError {}

/** The inbox did not store the message: it must not be acknowledged. */
export class InboxError extends VigieError {}

/** The driver's code of an error (`SQLITE_FULL`, `40001`); empty when there is none. Drivers' errors may be of another realm. */
export const errorCode = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
