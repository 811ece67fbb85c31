import type { DeviceConfig } from '../../domain/device.js';
import { decodeVectors } from '../../gateway/decode.js';
import { loadCodecs } from '../../gateway/route.js';

const codecs = await loadCodecs();
const receivedAt = Date.parse('2026-11-23T08:00:00Z');

export interface Sent {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly retained?: boolean;
}

const asMessage = ({ topic, payload, retained = false }: Sent) => ({
  topic,
  retained,
  receivedAt,
  ...(typeof payload === 'string' ? { payload } : { payloadBase64: payload.toString('base64') }),
});

/** What the road makes of the last message after the others: values by metric, or the quarantine reason. */
export const decoded = (
  messages: readonly Sent[],
  config: DeviceConfig = {},
): { readonly readings: Readonly<Record<string, number | boolean>>; readonly quarantined: string | null } => {
  const last = messages.at(-1)!;
  const given = messages.slice(0, -1).map(asMessage);
  const [result] = decodeVectors([{ ...asMessage(last), id: 'it', config, given }], codecs);
  const readings = Object.fromEntries(result!.values.map(({ metric, value }) => [metric, value]));
  return { readings, quarantined: result!.quarantined };
};
