import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { alertDetailSchema, alertSchema, pageOf } from '../../../web/protocol.js';
import { startWorld, type Client, type World } from './world.js';

let world: World;
let lea: Client;
let ines: Client;
beforeAll(async () => {
  world = await startWorld();
  lea = await world.signIn('lea');
  ines = await world.signIn('ines');
});
afterAll(() => world.close());

describe('claiming', () => {
  it('gives the alert to one of two who tap at once; the other is told who', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id } = await world.ring(`race-${round}`);
      const answers = await Promise.all([lea, ines].map((who) => who.post(`/api/v1/alerts/${id}/claim`)));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const [won, lost] = answers[0]?.status === 200 ? answers : [answers[1], answers[0]];
      expect(won?.body).toMatchObject({ workflow: 'claimed', signal: 'ack' });
      expect(lost?.body).toMatchObject({ code: 'alert.already_claimed', owner: won?.body.owner });
    }
  });

  it('survives a rule that writes to the same alert meanwhile', async () => {
    for (let round = 0; round < 5; round += 1) {
      const alert = await world.ring(`busy-${round}`);
      const [claimed] = await Promise.all([
        lea.post(`/api/v1/alerts/${alert.id}/claim`),
        world.worsen(alert).catch(() => {}),
      ]);
      expect(claimed.status).toBe(200);
      const detail = await lea.get(`/api/v1/alerts/${alert.id}`);
      expect(detail.body.owner).toMatchObject({ username: 'lea' });
      expect(detail.body.version).toBe(detail.body.events.length);
    }
  });

  it('repeated with its key is done once and answered alike', async () => {
    const { id } = await world.ring('once');
    const headers = { 'idempotency-key': 'tap-1' };
    const first = await lea.post(`/api/v1/alerts/${id}/claim`, undefined, headers);
    const again = await lea.post(`/api/v1/alerts/${id}/claim`, undefined, headers);
    expect(again.status).toBe(200);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.body).toEqual(first.body);
    const { events } = (await lea.get(`/api/v1/alerts/${id}`)).body;
    expect(events.map(({ kind }: { kind: string }) => kind)).toEqual(['confirmed', 'claim']);
  });

  it('refuses a key that was used for something else, and one that is no key', async () => {
    const { id } = await world.ring('reused');
    const headers = { 'idempotency-key': 'tap-2' };
    await lea.post(`/api/v1/alerts/${id}/claim`, undefined, headers);
    const other = await lea.post(`/api/v1/alerts/${id}/release`, undefined, headers);
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_key.reused']);
    const bad = await lea.post(`/api/v1/alerts/${id}/claim`, undefined, { 'idempotency-key': 'x'.repeat(200) });
    expect([bad.status, bad.body.code]).toEqual([400, 'idempotency_key.invalid']);
    expect((await ines.post(`/api/v1/alerts/${id}/claim`, undefined, headers)).status).toBe(409);
  });
});

describe('what follows a claim', () => {
  it('release, snooze and help move the alert as the lifecycle says', async () => {
    const { id } = await world.ring('moves', { priority: 'medium' });
    const at = `/api/v1/alerts/${id}`;
    await lea.post(`${at}/claim`);
    const asked = (await lea.post(`${at}/help`)).body;
    expect(asked).toMatchObject({ workflow: 'claimed', escalation: { level: 0 } });
    expect(Date.parse(asked.escalation.nextStepAt)).toBeGreaterThanOrEqual(Date.parse(asked.owner.since));
    expect((await lea.post(`${at}/release`)).body).toMatchObject({ workflow: 'open', owner: null });
    const snoozed = await ines.post(`${at}/snooze`, { minutes: 30, reason: 'repas' });
    expect(snoozed.body).toMatchObject({ workflow: 'snoozed', owner: { username: 'ines' } });
    expect(Date.parse(snoozed.body.snoozedUntil)).toBeGreaterThan(Date.now() + 29 * 60_000);
  });

  it('a snooze has one of three lengths and a reason', async () => {
    const { id } = await world.ring('snooze-bounds');
    for (const body of [{ minutes: 45, reason: 'x' }, { minutes: 10 }, { minutes: 10, reason: '' }, {}])
      expect((await lea.post(`/api/v1/alerts/${id}/snooze`, body)).status).toBe(400);
  });

  it('closing needs an outcome a person can give; closed is closed', async () => {
    const { id } = await world.ring('to-close');
    const at = `/api/v1/alerts/${id}`;
    await lea.post(`${at}/claim`);
    expect((await lea.post(`${at}/close`, {})).body).toMatchObject({ status: 400, code: 'body.invalid' });
    expect((await lea.post(`${at}/close`, { outcome: 'fine' })).status).toBe(400);
    expect((await lea.post(`${at}/close`, { outcome: 'self_resolved' })).body).toMatchObject({
      status: 422,
      code: 'alert.outcome_required',
    });
    const closed = await lea.post(`${at}/close`, { outcome: 'care_given', note: 'oxygène remis' });
    expect(closed.body).toMatchObject({ workflow: 'closed', outcome: 'care_given', note: 'oxygène remis' });
    expect((await ines.post(`${at}/claim`)).body).toMatchObject({ status: 409, code: 'alert.closed' });
  });

  it('an alert that is not there is not found', async () => {
    expect((await lea.post('/api/v1/alerts/none/claim')).body).toMatchObject({ status: 404, code: 'alert.not_found' });
  });
});

describe('reading alerts', () => {
  it('lists open and closed ones in pages, and the shapes are those of the protocol', async () => {
    const first = await lea.get('/api/v1/alerts?limit=3');
    const page = pageOf(alertSchema).parse(first.body);
    expect(page.items).toHaveLength(3);
    const second = await lea.get(`/api/v1/alerts?limit=3&cursor=${page.next}`);
    const ids = [...page.items, ...second.body.items].map(({ id }: { id: string }) => id);
    expect(new Set(ids).size).toBe(6);
    const closed = await lea.get('/api/v1/alerts?state=closed');
    expect(closed.body.items.map(({ id }: { id: string }) => id)).toEqual(['to-close']);
    const detail = alertDetailSchema.parse((await lea.get('/api/v1/alerts/to-close')).body);
    expect(detail.events.at(-1)).toMatchObject({ kind: 'close', actor: { id: 'lea', name: 'Léa Mésange' } });
    expect((await lea.get('/api/v1/alerts?resident=r-a2')).body.items).toEqual([]);
    expect((await lea.get('/api/v1/alerts?limit=100000')).status).toBe(400);
    expect((await lea.get('/api/v1/alerts?state=lost')).status).toBe(400);
  });
});
