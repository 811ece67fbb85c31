import { afterEach, describe, expect, it } from '@jest/globals';
import { connect, type Socket } from 'node:net';
import { silentLog } from '../../../platform/log.js';
import type { IncomingMessage } from '../../../platform/store/inbox.js';
import { startMllpSource, type MllpSource, type MllpSourceOptions } from '../../../gateway/sources/mllp.js';
import { until } from '../../support/until.js';

const message = (controlId: string, { version = '2.6', type = 'ORU^R01^ORU_R01', facility = 'TILLEULS' } = {}) =>
  `MSH|^~\\&|MON^0011223344556677^EUI-64|${facility}|GW|EHPAD|20260310083104+0100||${type}|${controlId}|P|${version}\r` +
  'OBX|1|NM|150456^^MDC||98|262688^^MDC|||||R\r';
const frame = (text: string) => `\u000b${text}\u001c\r`;

interface Inbox {
  append(messages: readonly IncomingMessage[]): Promise<void>;
}
const sources: MllpSource[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const source of sources.splice(0)) await source.close();
});

const start = async (options: Partial<MllpSourceOptions> = {}) => {
  const stored: IncomingMessage[] = [];
  const inbox: Inbox = { append: async (messages) => void stored.push(...messages) };
  const source = await startMllpSource({
    host: '127.0.0.1',
    port: 0,
    inbox,
    senderOf: async ({ sendingFacility }) => ({ site: sendingFacility.toLowerCase(), identity: 'box:gw' }),
    log: silentLog,
    ...options,
  });
  sources.push(source);
  return { source, stored };
};

const dial = (source: MllpSource) => {
  const socket = connect(source.port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  let closed = false;
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('close', () => (closed = true));
  socket.on('error', () => undefined);
  const answers = () => text.split('\u001c\r').slice(0, -1);
  return {
    send: (bytes: string | Buffer) => socket.write(bytes),
    end: () => socket.end(),
    text: () => text,
    closed: () => closed,
    answers: (count: number) => until(`${count} answers`, () => answers().length >= count && answers()),
    codes: () => answers().map((answer) => /MSA\|(\w\w)\|([^|\r]*)/.exec(answer)?.slice(1).join(' ')),
  };
};

describe('the MLLP listener', () => {
  it('answers AA only after the inbox has committed', async () => {
    let commit!: () => void;
    const { source } = await start({ inbox: { append: () => new Promise<void>((resolve) => (commit = resolve)) } });
    const sender = dial(source);
    sender.send(frame(message('1')));
    await until('the message is being stored', () => commit !== undefined);
    expect(sender.text()).toBe('');
    commit();
    const [answer] = await sender.answers(1);
    expect(answer).toContain('MSH|^~\\&|GW|EHPAD|MON^0011223344556677^EUI-64|TILLEULS|');
    expect(sender.codes()).toEqual(['AA 1']);
  });

  it('stores the bytes as they came, for the site of the sender', async () => {
    const { source, stored } = await start();
    const sender = dial(source);
    sender.send(frame(message('7')));
    await sender.answers(1);
    expect(stored).toMatchObject([
      { site: 'tilleuls', identity: 'box:gw', topic: 'hl7/TILLEULS/oru', retained: false, lane: 1 },
    ]);
    expect(Buffer.from(stored[0]!.payload).toString()).toBe(message('7'));
  });

  it('takes several messages on one connection, however the bytes are cut, and answers in order', async () => {
    const { source, stored } = await start();
    const sender = dial(source);
    const all = Buffer.from(Array.from({ length: 40 }, (_, n) => frame(message(`m${n}`))).join('\n'));
    for (let at = 0; at < all.length; at += 17) sender.send(all.subarray(at, at + 17));
    await sender.answers(40);
    expect(sender.codes()).toEqual(Array.from({ length: 40 }, (_, n) => `AA m${n}`));
    expect(stored).toHaveLength(40);
  });

  it('answers AE without MSH-10, and AR for another version, another type and what is not HL7', async () => {
    const { source, stored } = await start();
    const sender = dial(source);
    sender.send(frame(message('')));
    sender.send(frame(message('2', { version: '3.0' })));
    sender.send(frame(message('3', { type: 'ADT^A01' })));
    sender.send(frame('{"spo2":98}'));
    sender.send(frame(message('5')));
    await sender.answers(5);
    expect(sender.codes()).toEqual(['AE ', 'AR 2', 'AR 3', 'AR ', 'AA 5']);
    expect(stored).toHaveLength(1);
  });

  it('answers AE when the store refuses, and AA when the message is sent again later', async () => {
    const stored: IncomingMessage[] = [];
    let full = true;
    const inbox: Inbox = {
      append: (messages) =>
        full ? Promise.reject(new Error('disk full')) : Promise.resolve(void stored.push(...messages)),
    };
    const { source } = await start({ inbox, giveUpAfter: 50 });
    const sender = dial(source);
    sender.send(frame(message('9')));
    await sender.answers(1);
    expect(sender.codes()).toEqual(['AE 9']);
    expect(source.health().state).toBe('degraded');
    full = false;
    sender.send(frame(message('9')));
    await sender.answers(2);
    expect(sender.codes()).toEqual(['AE 9', 'AA 9']);
    expect(source.health().state).toBe('ok');
  });

  it('refuses a message beyond its size and closes, and closes on bytes outside a frame', async () => {
    const { source, stored } = await start({ limits: { messageBytes: 1_000 } });
    const large = dial(source);
    large.send(`\u000b${message('1')}${'x'.repeat(2_000)}`);
    await until('the connection is closed', large.closed);
    expect(large.codes()).toEqual(['AR ']);
    const web = dial(source);
    web.send('GET / HTTP/1.1\r\n\r\n');
    await until('the connection is closed', web.closed);
    expect(web.codes()).toEqual(['AR ']);
    expect(stored).toEqual([]);
  });

  it('closes a connection that leaves a frame half sent', async () => {
    const { source } = await start({ limits: { frameWithin: 60 } });
    const slow = dial(source);
    slow.send(`\u000b${message('1').slice(0, 20)}`);
    await until('the connection is closed', slow.closed);
    expect(slow.text()).toBe('');
  });

  it('answers what it was given before it closes', async () => {
    let commit!: () => void;
    const { source } = await start({ inbox: { append: () => new Promise<void>((resolve) => (commit = resolve)) } });
    const sender = dial(source);
    sender.send(frame(message('1')));
    await until('the message is being stored', () => commit !== undefined);
    const closed = source.close();
    commit();
    await closed;
    await until('the connection is closed', sender.closed);
    expect(sender.codes()).toEqual(['AA 1']);
    sources.pop();
  });
});
