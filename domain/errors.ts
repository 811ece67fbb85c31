/**
 * An error a caller can act on: `code` is stable and machine-readable, the message says what was expected and
 * what came. Neither carries a person's name, value or identifier.
 */
export class VigieError extends Error {
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Why a message could not become readings. `reason` is the quarantine reason and a Prometheus label. */
export class DecodeError extends VigieError {
  constructor(
    readonly reason: QuarantineReason,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`decode.${reason}`, message, options);
  }
}

export const QUARANTINE_REASONS = [
  'unknown_topic',
  'invalid_topic',
  'malformed_payload',
  'payload_too_large',
  'invalid_value',
  'unknown_metric',
  'unit_mismatch',
  'out_of_limits',
  'unknown_device',
  'unassigned_device',
  'unknown_profile',
  'site_mismatch',
  /** Encrypted, and the device has no key or not this one. */
  'missing_key',
  /** Authentic, and played again: its counter was used before. */
  'replayed',
  /** A format nobody reads; of an unknown device it is one of the street's phones and beacons, and not kept. */
  'unknown_format',
  'codec_failure',
] as const;
export type QuarantineReason = (typeof QUARANTINE_REASONS)[number];
