import { createServer, type AddressInfo, type Socket } from 'node:net';
import { HOUR, SECOND, toIso, type EpochMillis, type Millis } from '../../domain/time.js';
import type { PartReport } from '../../platform/health.js';
import { openIntake } from '../../platform/intake.js';
import { ORDINARY_LANE } from '../../platform/lanes.js';
import type { Log } from '../../platform/log.js';
import type { Inbox } from '../../platform/store/inbox.js';
import { NOT_FRAMED, NOT_STORED, readHeader, STORED, TOO_LARGE, type Hl7Header, type Verdict } from './mllp-answer.js';
import { createDeframer, framed } from './mllp-frame.js';

/** Whom a sender speaks for; `site: null` = nobody knows: its messages are stored and wait in quarantine. */
export interface Hl7Sender {
  readonly site: string | null;
  readonly identity: string;
}

export interface MllpLimits {
  readonly messageBytes: number;
  readonly connections: number;
  /** A frame that was begun must be complete by then. */
  readonly frameWithin: Millis;
  /** A connection without a message is closed after this long; a sender opens another. */
  readonly idleFor: Millis;
  /** Messages of one connection that wait for their commit; beyond it nothing more is read from it. */
  readonly waiting: number;
}
export const MLLP_LIMITS: MllpLimits = {
  messageBytes: 256 * 1024,
  connections: 200,
  frameWithin: 30 * SECOND,
  idleFor: HOUR,
  waiting: 64,
};

export interface MllpSourceOptions {
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  readonly inbox: Pick<Inbox, 'append'>;
  readonly senderOf: (header: Hl7Header) => Promise<Hl7Sender>;
  readonly log: Log;
  readonly accepted?: { inc(): void };
  readonly limits?: Partial<MllpLimits>;
  /** After this long without a commit a message is answered AE. */
  readonly giveUpAfter?: Millis;
  readonly now?: () => EpochMillis;
}

export interface MllpSource {
  readonly name: 'mllp';
  readonly port: number;
  health(): PartReport;
  /** Takes no further message, answers what was taken, then ends every connection. */
  close(): Promise<void>;
}

/** One topic level out of what a sender calls itself. */
const topicLevel = (name: string): string => name.replace(/[^\w.-]/g, '_').slice(0, 64) || 'unnamed';

/**
 * Source `mllp`: HL7 v2 over TCP. A message is answered AA only after the inbox has committed it; AE when it could not
 * be stored or has no MSH-10; AR when it will never be taken (not HL7 v2, another version or message type). A message
 * sent again after a lost answer is answered AA again and told apart by its MSH-10 on the road. MLLP knows neither
 * passwords nor encryption: keep the port on a network of its own or behind a TLS tunnel.
 */
export const startMllpSource = async (options: MllpSourceOptions): Promise<MllpSource> => {
  const { inbox, senderOf, log, accepted, now = Date.now } = options;
  const limits = { ...MLLP_LIMITS, ...options.limits };
  const intake = openIntake({
    inbox,
    now,
    ...(options.giveUpAfter === undefined ? {} : { giveUpAfter: options.giveUpAfter }),
    onStoreError: (error) => log.error({ err: error }, 'mllp source: messages cannot be stored, none is accepted'),
    onStoreRecovered: () => log.info('mllp source: messages are stored again'),
  });
  let closing = false;
  /** By connection: answers what was taken, then ends it. */
  const sockets = new Map<Socket, () => Promise<void>>();

  const store = async (header: Hl7Header, payload: Buffer): Promise<Verdict> => {
    const { site, identity } = await senderOf(header);
    const topic = `hl7/${topicLevel(header.sendingFacility || header.sendingApplication)}/oru`;
    const message = { site, identity, topic, payload, retained: false, dup: false };
    return new Promise((resolve) =>
      intake.push({ ...message, lane: ORDINARY_LANE, receivedAt: now() }, (error) => {
        if (!error) accepted?.inc();
        resolve(error ? NOT_STORED : STORED);
      }),
    );
  };

  const serve = (socket: Socket): void => {
    const frames = createDeframer(limits.messageBytes);
    let waiting = 0;
    let ended = false;
    let frameTimer: NodeJS.Timeout | undefined;
    let answers = Promise.resolve();

    const finish = (): Promise<void> => answers.then(() => void socket.end());
    const answerLater = (verdict: Promise<string>): void => {
      waiting += 1;
      if (waiting >= limits.waiting) socket.pause();
      answers = answers.then(async () => {
        const text = await verdict;
        waiting -= 1;
        if (!socket.destroyed) socket.write(framed(text));
        if (!ended && waiting < limits.waiting) socket.resume();
      });
    };
    const receive = (bytes: Buffer): void => {
      const { header, fault, answer } = readHeader(bytes);
      const settled = fault || !header ? Promise.resolve(fault!) : store(header, bytes).catch(() => NOT_STORED);
      answerLater(settled.then((verdict) => answer(verdict, now())));
    };
    /** What follows cannot be told apart from the fault: one answer, then the end. */
    const giveUp = (verdict: Verdict): void => {
      ended = true;
      socket.pause();
      const { answer } = readHeader(Buffer.alloc(0));
      answerLater(Promise.resolve(answer(verdict, now())));
      void finish();
    };

    socket.setTimeout(limits.idleFor, () => socket.end());
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(frameTimer);
      sockets.delete(socket);
    });
    socket.on('end', () => void finish());
    socket.on('data', (chunk: Buffer) => {
      if (ended || closing) return;
      for (const item of frames.take(chunk)) {
        clearTimeout(frameTimer);
        frameTimer = undefined;
        if (item.kind === 'message') receive(item.bytes);
        else return giveUp(item.kind === 'garbage' ? NOT_FRAMED : TOO_LARGE);
      }
      if (frames.partial()) frameTimer ??= setTimeout(() => socket.destroy(), limits.frameWithin);
    });
    sockets.set(socket, finish);
  };

  const server = createServer({ allowHalfOpen: true, keepAlive: true }, serve);
  server.maxConnections = limits.connections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => log.error({ err: error }, 'mllp source: the listener failed'));
  const { port } = server.address() as AddressInfo;
  log.info({ port }, 'mllp source: listening');

  return {
    name: 'mllp',
    port,
    health() {
      const since = intake.failingSince();
      if (since !== null) return { state: 'degraded', detail: `the inbox has refused messages since ${toIso(since)}` };
      return { state: 'ok', detail: `${sockets.size} connections` };
    },
    async close() {
      closing = true;
      const closed = new Promise((resolve) => server.close(resolve));
      await intake.close();
      await Promise.all([...sockets.values()].map((finish) => finish()));
      const cut = setTimeout(() => [...sockets.keys()].forEach((socket) => socket.destroy()), SECOND);
      await closed;
      clearTimeout(cut);
    },
  };
};
