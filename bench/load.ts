/** What the publishers of the benches are asked, and what they answer. */
export interface Load {
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** One connection each; `{username}` in the topic and user name is replaced by `username` + number, from 1. */
  readonly connections: number;
  readonly topic: string;
  readonly seconds: number;
  /** Messages a second over all connections; 0 = as fast as acknowledgements come. */
  readonly rate: number;
  readonly window: number;
  /** First device time of the run, so that runs do not repeat each other's readings. */
  readonly startTime: number;
}
export interface Report {
  readonly acknowledged: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Publish → PUBACK in ms. */
  readonly p50: number;
  readonly p99: number;
}

export const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** Two readings a message; the time is unique per device. */
export const payloadAt = (time: number, n: number): string =>
  `{"time":"${new Date(time).toISOString()}","readings":[{"metric":"spo2","value":${95 + (n % 4)},"unit":"%"},{"metric":"pulse_rate","value":${65 + (n % 20)},"unit":"/min"}]}`;
