import { hash, verify } from '@node-rs/argon2';

const ARGON2ID = 2;
/** OWASP's minimum for argon2id: 19 MiB, 2 passes, 1 lane. */
const COST = { algorithm: ARGON2ID, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** argon2id in PHC format, with its own salt. Runs off the main thread. */
export const hashPassword = (password: string): Promise<string> => hash(password, COST);

let dummy: Promise<string> | null = null;

/**
 * Whether a password fits a stored hash. Null (an unknown user) takes as long as a real check, so that the answer's
 * time does not tell which names exist. A hash that cannot be read fits nothing.
 */
export const verifyPassword = async (stored: string | null, password: string): Promise<boolean> => {
  dummy ??= hashPassword('nobody has this password');
  try {
    const fits = await verify(stored ?? (await dummy), password);
    return stored !== null && fits;
  } catch {
    return false;
  }
};
