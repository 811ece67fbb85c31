import { Hl7Message } from '@medplum/core';
import type { EpochMillis } from '../../domain/time.js';

/** What the listener must know of a message before it stores it. */
export interface Hl7Header {
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly controlId: string;
}

/** AA stored; AE the message or we are at fault, send it again; AR will never be taken. */
export type AckCode = 'AA' | 'AE' | 'AR';
export interface Verdict {
  readonly code: AckCode;
  /** HL7 table 0357; 0 = accepted. */
  readonly condition: 0 | 100 | 101 | 200 | 203 | 207;
  readonly text: string;
}

const START = /^MSH([^\w\s])([^\w\s]{3,5})\1/;
const VERSION = /^2\.[1-8](?:\.\d)?$/;
const TAKEN = new Set(['ORU']);

const NOT_HL7: Verdict = { code: 'AR', condition: 100, text: 'expected HL7 v2, beginning with an MSH segment' };
const NO_CONTROL_ID: Verdict = { code: 'AE', condition: 101, text: 'expected a message control id (MSH-10)' };
const WRONG_VERSION: Verdict = { code: 'AR', condition: 203, text: 'expected version 2.1 to 2.8 (MSH-12)' };
const WRONG_TYPE: Verdict = { code: 'AR', condition: 200, text: 'expected an ORU message (MSH-9)' };
export const STORED: Verdict = { code: 'AA', condition: 0, text: '' };
export const NOT_STORED: Verdict = { code: 'AE', condition: 207, text: 'not stored, send it again' };
export const TOO_LARGE: Verdict = { code: 'AR', condition: 100, text: 'the message is too large' };
export const NOT_FRAMED: Verdict = { code: 'AR', condition: 100, text: 'expected MLLP: <VT> message <FS><CR>' };

export interface ReadHeader {
  readonly header: Hl7Header | null;
  /** Why the message cannot be taken; null = it can. */
  readonly fault: Verdict | null;
  /** The acknowledgement to send, as HL7 text. */
  answer(verdict: Verdict, at: EpochMillis): string;
}

const stamp = (at: EpochMillis): string => `${new Date(at).toISOString().replace(/[-:TZ]|\.\d+/g, '')}+0000`;

let answered = 0;

/** MSH-10 of an answer: unique enough to be told apart in the sender's log. */
const nextControlId = (at: EpochMillis): string => `${at}-${(answered = (answered + 1) % 1_000_000)}`;

const anonymousAnswer = ({ code, text }: Verdict, at: EpochMillis): string =>
  `MSH|^~\\&|VIGIE||||${stamp(at)}||ACK|${nextControlId(at)}|P|2.6\rMSA|${code}||${text}\r`;

/** Reads the MSH segment alone: what follows it is the codec's business, after the message is safe. */
export const readHeader = (bytes: Buffer): ReadHeader => {
  const text = bytes.toString('latin1');
  const separators = START.exec(text);
  if (!separators) return { header: null, fault: NOT_HL7, answer: anonymousAnswer };
  const { header: msh, context } = Hl7Message.parse(text.slice(0, text.search(/[\r\n]|$/)));
  const raw = (field: number): string => msh?.getField(field)?.toString().trim() ?? '';
  const part = (field: number, index = 1): string => msh?.getField(field)?.components[0]?.[index - 1]?.trim() ?? '';
  const header = { sendingApplication: part(3), sendingFacility: part(4), controlId: raw(10).slice(0, 199) };
  const fault =
    header.controlId === ''
      ? NO_CONTROL_ID
      : !VERSION.test(part(12))
        ? WRONG_VERSION
        : !TAKEN.has(part(9))
          ? WRONG_TYPE
          : null;
  const sep = context.fieldSeparator;
  const answer = ({ code, condition, text: why }: Verdict, at: EpochMillis): string => {
    const ack = ['ACK', part(9, 2), 'ACK'].join(context.componentSeparator);
    const type = part(9, 2) === '' ? 'ACK' : ack;
    const version = VERSION.test(part(12)) ? part(12) : '2.6';
    const lines = [
      ['MSH', context.getMsh2(), raw(5), raw(6), raw(3), raw(4), stamp(at), '', type, nextControlId(at), 'P', version],
      ['MSA', code, header.controlId, why],
      ...(condition === 0 ? [] : [['ERR', '', '', String(condition), 'E', '', '', '', why]]),
    ];
    return lines.map((fields) => `${fields.join(sep)}\r`).join('');
  };
  return { header, fault, answer };
};
