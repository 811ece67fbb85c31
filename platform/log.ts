import { pino, type Logger } from 'pino';

export type Log = Logger;

/**
 * One structured logger per program. Ids only: no name, value or identifier of a person is ever logged.
 * `info` = the system changed state; `debug` = per message. The level is one of pino's, or `silent`.
 */
export const createLog = (program: string, level: string): Log =>
  pino({ name: program, level, redact: ['password', '*.password', 'authorization', 'cookie', '*.cookie'] });

export const silentLog: Log = pino({ level: 'silent' });
