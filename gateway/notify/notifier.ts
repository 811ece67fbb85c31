import type { z } from 'zod';
import type { Alert, Text } from '../../domain/alert.js';
import type { Site } from '../../domain/site.js';
import type { Millis } from '../../domain/time.js';
import type { Config } from '../../platform/config.js';
import type { NotifyKeys } from '../../platform/notify-keys.js';

/** What leaves the house: how grave and where. Never a name, a value or a measure. */
export interface Notification {
  /** The same for every try of the same telling: receivers de-duplicate by it. */
  readonly id: string;
  readonly alert: string;
  readonly site: string;
  readonly level: number;
  readonly priority: Alert['priority'];
  readonly text: Text;
  /** Path of the dashboard that shows it. */
  readonly path: string;
  /** To be given back with the receipt: `POST /api/v1/notifications/{id}/receipt`. */
  readonly receiptToken: string;
  /** As the notifier's `address` schema parsed it; null for a channel that belongs to nobody. */
  readonly address: unknown;
}

/** `gone`: this address will never work again. `failed`: another try may. */
export interface SendResult {
  readonly result: 'accepted' | 'failed' | 'gone';
  /** For the technician; never an address, a person or a secret. */
  readonly detail: string | null;
}

export interface Channel {
  /** May throw: that is `failed`. Must give up when `signal` aborts. */
  send(notification: Notification, signal: AbortSignal): Promise<SendResult>;
  close?(): Promise<void> | void;
}

export type NotifierSettings = Config & { readonly keys: NotifyKeys };

/** A way to tell people: one file in `notifiers/`, found by its folder. */
export interface Notifier<Options = unknown, Address = unknown> {
  /** As chains and `user_channels` name it. */
  readonly name: string;
  /** Told once a step for the whole organisation instead of per person. */
  readonly broadcast?: true;
  /** What it needs of the configuration; it is off when this does not parse. */
  readonly options: z.ZodType<Options>;
  readonly address: z.ZodType<Address>;
  open(options: Options): Channel;
}

export const isNotifier = (exported: unknown): exported is Notifier =>
  typeof exported === 'object' && exported !== null && 'open' in exported && 'address' in exported;

/** A push that could not be delivered for this long is of no use to anybody: the chain has moved on. */
export const SHORT_LIFE: Millis = 5 * 60_000;

const LEVEL: Record<Alert['priority'], Text> = {
  high: { fr: 'Alerte critique', en: 'Critical alert' },
  medium: { fr: 'Alerte à voir', en: 'Alert to see' },
  low: { fr: 'Vigilance', en: 'Watch' },
};
const HELP: Text = { fr: 'Besoin d’aide', en: 'Help needed' };

/**
 * « Alerte critique — Les Mirabelles, ch. 12 ». A private home is not named: its name may be a person's.
 */
export const notificationText = (alert: Pick<Alert, 'priority' | 'room' | 'workflow'>, site: Site | null): Text => {
  const what = alert.workflow === 'claimed' ? HELP : LEVEL[alert.priority];
  const home = site?.kind !== 'ehpad';
  const room = home || alert.room === null ? null : alert.room;
  const where = (language: keyof Text): string => {
    const place = home ? { fr: 'à domicile', en: 'at home' }[language] : site.name;
    return room === null ? place : `${place}, ${{ fr: 'ch.', en: 'room' }[language]} ${room}`;
  };
  return { fr: `${what.fr} — ${where('fr')}`, en: `${what.en} — ${where('en')}` };
};
