import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRET_CONFIG, type DeviceConfig } from '../../domain/device.js';
import { VigieError } from '../../domain/errors.js';

/** Text of a sealed value: `sealed:1:` and base64 of nonce, tag and ciphertext (AES-256-GCM). */
const PREFIX = 'sealed:1:';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Encrypts and decrypts the keys of devices; the device is bound in, so that a value cannot be moved to another. */
export interface DeviceKeys {
  seal(device: string, secret: string): string;
  /** What was sealed; a value from before encryption is given as it is. Throws `device_key.unreadable`. */
  open(device: string, stored: string): string;
}

const readKey = (file: string): Buffer | null => {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** The key of this system; made at first need. Two processes that make it at once end up with the same one. */
const loadKey = (dataDir: string): Buffer => {
  const folder = join(dataDir, 'keys');
  const file = join(folder, 'device.key');
  const known = readKey(file);
  if (!known) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(draft, randomBytes(KEY_BYTES), { mode: 0o600 });
    try {
      linkSync(draft, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    } finally {
      rmSync(draft, { force: true });
    }
  }
  const key = known ?? readKey(file)!;
  if (key.length !== KEY_BYTES)
    throw new VigieError('device_key.invalid', `keys/device.key: expected ${KEY_BYTES} bytes, got ${key.length}`);
  return key;
};

/** The device keys of a data directory: `keys/device.key`, mode 0600. Without that file sealed keys are lost: back it up. */
export const deviceKeys = (dataDir: string): DeviceKeys => {
  let key: Buffer | null = null;
  const secretKey = (): Buffer => (key ??= loadKey(dataDir));
  return {
    seal(device, secret) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secretKey(), nonce).setAAD(Buffer.from(device));
      const sealed = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return PREFIX + Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(device, stored) {
      if (!stored.startsWith(PREFIX)) return stored;
      const bytes = Buffer.from(stored.slice(PREFIX.length), 'base64');
      try {
        const decipher = createDecipheriv('aes-256-gcm', secretKey(), bytes.subarray(0, NONCE_BYTES), {
          authTagLength: TAG_BYTES,
        }).setAAD(Buffer.from(device));
        decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
        return decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch (cause) {
        const message = `device ${device}: expected the keys/device.key that sealed its keys`;
        throw new VigieError('device_key.unreadable', message, { cause });
      }
    },
  };
};

/** A configuration as it is stored. What is sealed already and says the same is kept, so that nothing seems changed. */
export const sealConfig = (
  keys: DeviceKeys,
  device: string,
  config: DeviceConfig,
  stored: DeviceConfig | null,
): DeviceConfig => {
  const sealed: Record<string, unknown> = { ...config };
  for (const name of SECRET_CONFIG) {
    const secret = config[name];
    if (secret === undefined) continue;
    const before = stored?.[name];
    const same = before?.startsWith(PREFIX) && (before === secret || opens(keys, device, before) === secret);
    sealed[name] = same ? before : keys.seal(device, secret);
  }
  return sealed;
};

const opens = (keys: DeviceKeys, device: string, stored: string): string | null => {
  try {
    return keys.open(device, stored);
  } catch {
    return null;
  }
};

/** A configuration as codecs read it. A key that cannot be opened is left out: its device's messages go to quarantine. */
export const openConfig = (keys: DeviceKeys, device: string, config: DeviceConfig): DeviceConfig => {
  if (!SECRET_CONFIG.some((name) => config[name] !== undefined)) return config;
  const opened: Record<string, unknown> = { ...config };
  for (const name of SECRET_CONFIG) {
    const stored = config[name];
    if (stored === undefined) continue;
    const secret = opens(keys, device, stored);
    if (secret === null) delete opened[name];
    else opened[name] = secret;
  }
  return opened;
};

/** A configuration for people: without its keys. */
export const publicConfig = (config: DeviceConfig): DeviceConfig => {
  const shown: Record<string, unknown> = { ...config };
  for (const name of SECRET_CONFIG) delete shown[name];
  return shown;
};
