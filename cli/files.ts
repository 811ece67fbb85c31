import { readFileSync } from 'node:fs';
import { VigieError } from '../domain/errors.js';

/** The text of a file; `file.unreadable` names the file and the system's reason. */
export const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new VigieError('file.unreadable', `${file}: cannot be read (${reason})`, { cause: error });
  }
};

/** The JSON of a file; `file.not_json` names the file and the place. */
export const readJson = (file: string): unknown => {
  try {
    return JSON.parse(readText(file));
  } catch (error) {
    if (error instanceof VigieError) throw error;
    throw new VigieError('file.not_json', `${file}: expected JSON: ${(error as Error).message}`, { cause: error });
  }
};
