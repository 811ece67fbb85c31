import { Counter, type Registry } from 'prom-client';
import type { EpochMillis, Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';

export type RefusedStep = 'connect' | 'publish' | 'subscribe' | 'packet';
export interface Refusal {
  readonly step: RefusedStep;
  /** Stable word: `bad_credentials`, `not_own`, `too_large`… */
  readonly reason: string;
  /** `device:ox-1`, or the address of somebody unknown. */
  readonly who: string;
  /** How many times since the last entry of the same kind. */
  readonly count: number;
  readonly at: EpochMillis;
}

/** One audit entry per (step, reason, who) and minute: a device that hammers must not fill the audit log. */
const QUIET: Millis = 60_000;
const MOST_KINDS = 10_000;

export interface Refusals {
  refuse(step: RefusedStep, reason: string, who: string): void;
  /** Writes what was counted and not yet audited. */
  flush(): void;
}

/** Counts every refusal, and logs and audits the first of each kind at once, the following ones once a minute. */
export const createRefusals = (options: {
  registry: Registry;
  audit: (refusal: Refusal) => void;
  log: Log;
  now: () => EpochMillis;
}): Refusals => {
  const { registry, audit, log, now } = options;
  const counter = new Counter({
    name: 'vigie_mqtt_refused_total',
    help: 'What the MQTT broker refused',
    labelNames: ['step', 'reason'],
    registers: [registry],
  });
  const kinds = new Map<string, { step: RefusedStep; reason: string; who: string; count: number; told: EpochMillis }>();
  const tell = (kind: { step: RefusedStep; reason: string; who: string; count: number; told: EpochMillis }): void => {
    const { step, reason, who, count } = kind;
    kind.count = 0;
    kind.told = now();
    log.warn({ step, reason, who, count }, 'mqtt refused');
    audit({ step, reason, who, count, at: kind.told });
  };
  const flush = (): void => {
    for (const kind of kinds.values()) if (kind.count > 0) tell(kind);
  };

  return {
    refuse(step, reason, who) {
      counter.inc({ step, reason });
      const key = `${step} ${reason} ${who}`;
      let kind = kinds.get(key);
      if (!kind) {
        if (kinds.size >= MOST_KINDS) {
          flush();
          kinds.clear();
        }
        kinds.set(key, (kind = { step, reason, who, count: 0, told: 0 }));
      }
      kind.count++;
      if (now() - kind.told >= QUIET) tell(kind);
    },
    flush,
  };
};
