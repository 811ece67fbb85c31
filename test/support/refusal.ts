import { DecodeError, type QuarantineReason } from '../../domain/errors.js';

/** Why the work was refused; null when it was not. Anything but a `DecodeError` is thrown on. */
export const refusalOf = (work: () => unknown): QuarantineReason | null => {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof DecodeError) return error.reason;
    throw error;
  }
};
