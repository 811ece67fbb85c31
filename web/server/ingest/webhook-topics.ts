import { HttpProblem } from '../http/problem.js';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (object, name) => (isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined),
    value,
  );

/** What may stand between two slashes of a topic. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const EUI = /^[0-9A-Fa-f]{16}$/;
const EVENT = /^[a-z]{1,16}$/;

const missing = (what: string): HttpProblem =>
  new HttpProblem(400, 'ingest.invalid', 'Not a message of this network server', { detail: `expected ${what}` });

const id = (value: unknown, what: string): string => {
  if (typeof value === 'string' && ID.test(value)) return value;
  throw missing(what);
};

/** Field of the body → last part of the MQTT topic of the same event. */
const TTS_EVENTS: readonly (readonly [string, string])[] = [
  ['uplink_message', 'up'],
  ['join_accept', 'join'],
  ['location_solved', 'location/solved'],
  ['service_data', 'service/data'],
  ['downlink_queued', 'down/queued'],
  ['downlink_sent', 'down/sent'],
  ['downlink_ack', 'down/ack'],
  ['downlink_nack', 'down/nack'],
  ['downlink_failed', 'down/failed'],
  ['downlink_queue_invalidated', 'down/queued'],
];

/** The topic on which The Things Stack publishes the same message. Throws `HttpProblem` 400. */
const ttsTopic = (body: Json): string => {
  const device = id(at(body, 'end_device_ids', 'device_id'), 'end_device_ids.device_id');
  const application = id(
    at(body, 'end_device_ids', 'application_ids', 'application_id'),
    'end_device_ids.application_ids.application_id',
  );
  const tenant = at(body, 'uplink_message', 'network_ids', 'tenant_id');
  const event = TTS_EVENTS.find(([name]) => isObject(at(body, name)))?.[1];
  if (!event) throw missing('uplink_message or another event');
  const owner = typeof tenant === 'string' && ID.test(tenant) ? `${application}@${tenant}` : application;
  return `v3/${owner}/devices/${device}/${event}`;
};

/** v4 and json_v3 write the DevEUI in hexadecimal, the v3 JSON marshaler in base64. */
const euiOf = (value: unknown): string => {
  if (typeof value === 'string' && EUI.test(value)) return value.toLowerCase();
  const bytes = typeof value === 'string' && value.length === 12 ? Buffer.from(value, 'base64') : null;
  if (bytes?.length === 8) return bytes.toString('hex');
  throw missing('deviceInfo.devEui');
};

/** The topic on which ChirpStack publishes the same message; it names the event in the URL. Throws `HttpProblem` 400. */
const chirpstackTopic = (body: Json, event: unknown): string => {
  if (typeof event !== 'string' || !EVENT.test(event)) throw missing('?event= in the address');
  const application = id(at(body, 'deviceInfo', 'applicationId') ?? at(body, 'applicationID'), 'an application id');
  const eui = euiOf(at(body, 'deviceInfo', 'devEui') ?? at(body, 'devEUI'));
  return `application/${application}/device/${eui}/event/${event}`;
};

export const WEBHOOKS = ['tts', 'chirpstack'] as const;
export type Webhook = (typeof WEBHOOKS)[number];

/** Under which MQTT topic a webhook's body would have come, so that one codec reads both. Throws `HttpProblem` 400. */
export const webhookTopic = (webhook: Webhook, body: Buffer, event: unknown): string => {
  let message: unknown;
  try {
    message = JSON.parse(body.toString('utf8'));
  } catch {
    throw missing('JSON');
  }
  if (!isObject(message)) throw missing('a JSON object');
  return webhook === 'tts' ? ttsTopic(message) : chirpstackTopic(message, event ?? 'up');
};
