import { VigieError } from '../../domain/errors.js';

/** Somebody else wrote first: the version (or episode) the caller read is no longer the stored one. */
export class ConflictError extends VigieError {}

/** The database cannot be brought to this version of the schema. */
export class MigrationError extends VigieError {}

/** The inbox did not store the message: it must not be acknowledged. */
export class InboxError extends VigieError {}
