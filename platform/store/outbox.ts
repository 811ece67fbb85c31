import type { EpochMillis } from '../../domain/time.js';
import type { Db } from './db.js';

/** A retained MQTT message: what a new subscriber of the topic is told at once. */
export interface RetainedMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: number;
  readonly at: EpochMillis;
}

/** Keeps the retained message of a topic; an empty payload deletes it [MQTT-3.3.1-10]. */
export const saveRetained = async (db: Db, { topic, payload, qos, at }: RetainedMessage): Promise<void> => {
  if (payload.byteLength === 0) {
    await db.deleteFrom('retained').where('topic', '=', topic).execute();
    return;
  }
  await db
    .insertInto('retained')
    .values({ topic, payload, qos, updated_at: at })
    .onConflict((conflict) => conflict.column('topic').doUpdateSet({ payload, qos, updated_at: at }))
    .execute();
};

/** Every retained message, by topic; a broker publishes them when it starts. */
export const allRetained = async (db: Db): Promise<RetainedMessage[]> => {
  const rows = await db.selectFrom('retained').selectAll().orderBy('topic').execute();
  return rows.map(({ topic, payload, qos, updated_at }) => ({ topic, payload, qos, at: updated_at }));
};

export interface NewCommand {
  readonly device: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly createdAt: EpochMillis;
  /** After this instant it is not sent any more. */
  readonly expiresAt: EpochMillis;
}
export interface Command extends NewCommand {
  readonly id: number;
}

/** Keeps a command until its device takes it; returns its id. */
export const queueCommand = async (db: Db, command: NewCommand): Promise<number> => {
  const { device, topic, payload, createdAt, expiresAt } = command;
  const row = await db
    .insertInto('commands')
    .values({ device, topic, payload, created_at: createdAt, expires_at: expiresAt, sent_at: null })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
};

/** The commands a device has still to be sent, oldest first. */
export const commandsFor = async (db: Db, device: string, now: EpochMillis): Promise<Command[]> => {
  const rows = await db
    .selectFrom('commands')
    .selectAll()
    .where('device', '=', device)
    .where('sent_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('id')
    .execute();
  return rows.map(({ created_at, expires_at, sent_at: _, ...row }) => ({
    ...row,
    createdAt: created_at,
    expiresAt: expires_at,
  }));
};

/** The devices that have commands still to be sent. */
export const devicesWithCommands = async (db: Db, now: EpochMillis): Promise<string[]> => {
  const rows = await db
    .selectFrom('commands')
    .select('device')
    .distinct()
    .where('sent_at', 'is', null)
    .where('expires_at', '>', now)
    .execute();
  return rows.map(({ device }) => device);
};

/** Marks a command as delivered to its device. */
export const markCommandSent = async (db: Db, id: number, at: EpochMillis): Promise<void> => {
  await db.updateTable('commands').set({ sent_at: at }).where('id', '=', id).execute();
};
