import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { addDeadLetters, requestedDeadLetters } from '../../../platform/store/dead-letters.js';
import { readingsAfter } from '../../../platform/store/readings.js';
import { startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
  const bp = { device: 'ox-a1', message: 'm-1', time: Date.now() };
  await world.measure(
    { metric: 'systolic_bp', value: 121, ...bp },
    { metric: 'diastolic_bp', value: 78, ...bp },
    { metric: 'spo2', value: 97 },
    { metric: 'spo2', value: 88, site: 'site-b', resident: 'r-b1', device: 'ox-b1' },
  );
  const rows = await readingsAfter(world.store.db, { after: 0, limit: 10 });
  await addDeadLetters(
    world.store.db,
    rows.map(({ seq, id }) => ({ sink: 'fhir', readingSeq: seq, readingId: id, reason: 'fhir.422 value', at: 1_000 })),
  );
});
afterAll(() => world.close());

describe('dead letters', () => {
  it('are listed with their reason, of the sites of the reader only, without a value', async () => {
    const answer = await (await world.signIn('admin')).get('/api/v1/dead-letters');
    expect(answer.status).toBe(200);
    expect(answer.body.items).toHaveLength(3);
    expect(answer.body.items[0]).toMatchObject({ sink: 'fhir', reason: 'fhir.422 value', requestedAt: null });
    expect(JSON.stringify(answer.body)).not.toMatch(/r-a1|121/);
    expect((await (await world.signIn('lea')).get('/api/v1/dead-letters')).status).toBe(403);
  });

  it('are asked for again with the rest of their message, and nobody else’s are', async () => {
    const admin = await world.signIn('admin');
    const [first] = (await admin.get('/api/v1/dead-letters')).body.items;
    const asked = await admin.post('/api/v1/dead-letters/replay', { ids: [first.id] });
    expect(asked.body).toEqual({ requested: 2 });
    expect((await admin.post('/api/v1/dead-letters/replay', {})).body).toEqual({ requested: 3 });
    expect(await requestedDeadLetters(world.store.db, 'fhir', 10)).toHaveLength(3);
    expect((await admin.post('/api/v1/dead-letters/replay', { ids: ['x'] })).status).toBe(400);
  });
});
