import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { disableUser } from '../../../platform/store/users.js';
import { until } from '../../support/until.js';
import { clientOf, openScreen, startWorld, type Screen, type World } from './world.js';

let world: World;
beforeEach(async () => {
  world = await startWorld({ recheckEvery: 100 });
});
afterEach(() => world.close());

const screenOf = async (username: string): Promise<Screen> => world.screen(await world.signIn(username));

/** Since the last snapshot, each alert, vital and device adds one; a tick repeats. */
const gapFree = ({ events }: Screen): boolean => {
  let last: number | null = null;
  for (const { name, event } of events) {
    if (name === 'snapshot') last = event.seq;
    else if (last === null || event.seq !== (name === 'tick' ? last : last + 1)) return false;
    else last = event.seq;
  }
  return last !== null;
};

describe('a dashboard', () => {
  it('starts with a snapshot of open alerts and current values, then gets what is new, without a gap', async () => {
    await world.ring('before');
    await world.measure({ metric: 'spo2', value: 96 }, { metric: 'heart_rate', value: 71 });
    const screen = await screenOf('lea');
    const [snapshot] = screen.of('snapshot');
    expect(snapshot?.alerts).toMatchObject([{ id: 'before', resident: { family: 'Églantier' } }]);
    expect(snapshot?.vitals).toMatchObject([
      {
        resident: 'r-a1',
        readings: [
          { metric: 'heart_rate', value: 71, stale: false },
          { metric: 'spo2', value: 96 },
        ],
        news2: { score: null, parts: { spo2: 0 } },
      },
    ]);

    await world.ring('after');
    await until('the alert', () => screen.of('alert').some(({ alert }) => alert.id === 'after'));
    await world.measure({ metric: 'spo2', value: 91, resident: 'r-a2', device: 'ox-a2' });
    const vital = await until('the value', () => screen.of('vital').find(({ resident }) => resident === 'r-a2'));
    expect(vital).toMatchObject({
      readings: [{ metric: 'spo2', value: 91, unit: '%' }],
      news2: { parts: { spo2: 3 } },
    });
    expect(gapFree(screen)).toBe(true);
  });

  it('hears of an alert within a tenth of a second', async () => {
    const screen = await screenOf('lea');
    const delays: number[] = [];
    for (let n = 0; n < 10; n += 1) {
      const started = performance.now();
      await world.ring(`fast-${n}`);
      await until('the alert', () => screen.of('alert').length > n, { every: 2 });
      delays.push(performance.now() - started);
    }
    expect(delays.sort((a, b) => a - b)[5]).toBeLessThan(100);
  });

  it('sees who claimed, at once, on every screen of the site', async () => {
    const { id } = await world.ring('claimed');
    const lea = await world.signIn('lea');
    const other = await screenOf('ines');
    await lea.post(`/api/v1/alerts/${id}/claim`);
    const seen = await until('the claim', () => other.of('alert').find(({ alert }) => alert.workflow === 'claimed'));
    expect(seen.alert.owner).toMatchObject({ username: 'lea', name: 'Léa Mésange' });
  });

  it('gets one event for a burst of values of a resident, with the last of each', async () => {
    const screen = await screenOf('lea');
    const start = Date.now() - 10_000;
    for (let n = 0; n < 100; n += 1)
      await world.measure({ metric: 'spo2', value: 90 + (n % 10), time: start + n * 10 });
    await until('the last value', () =>
      screen.of('vital').some(({ readings }) => Date.parse(readings[0].time) === start + 990),
    );
    expect(screen.of('vital').length).toBeLessThan(50);
    expect(gapFree(screen)).toBe(true);
  });

  it('is not told a late value that is older than what it shows', async () => {
    const time = Date.now();
    await world.measure({ metric: 'spo2', value: 97, time });
    const screen = await screenOf('lea');
    await world.measure({ metric: 'spo2', value: 80, time: time - 60_000 });
    await world.measure({ metric: 'heart_rate', value: 60, time });
    await until('the next news', () => screen.of('vital').length > 0);
    expect(JSON.stringify(screen.events)).not.toContain('"value":80');
  });

  it('asks again after a loss and gets a new snapshot', async () => {
    const screen = await screenOf('lea');
    await world.ring('resynced');
    screen.socket.emit('resync');
    await until('a second snapshot', () => screen.of('snapshot').length === 2);
    expect(screen.of('snapshot')[1]?.alerts).toMatchObject([{ id: 'resynced' }]);
    expect(gapFree(screen)).toBe(true);
  });

  it('comes back by itself after the server restarted, with what happened meanwhile', async () => {
    const screen = await screenOf('lea');
    await world.restart();
    await world.ring('meanwhile');
    await until('a snapshot with it', () =>
      [
        ...screen
          .of('snapshot')
          .slice(1)
          .flatMap(({ alerts }) => alerts),
        ...screen.of('alert').map(({ alert }) => alert),
      ].some(({ id }) => id === 'meanwhile'),
    );
    expect(screen.of('snapshot').length).toBeGreaterThan(1);
    expect(gapFree(screen)).toBe(true);
  });
});

describe('rights on the socket', () => {
  it('keep everything of another site away', async () => {
    await world.ring('a-1');
    const boris = await screenOf('boris');
    const lea = await screenOf('lea');
    await world.ring('a-2');
    await world.measure({ metric: 'spo2', value: 93 }, { metric: 'device_online', value: false });
    await until('the news of site A', () => lea.of('vital').length > 0 && lea.of('alert').length > 0);
    await world.ring('b-1', { resident: 'r-b1' });
    await until('the news of site B', () => boris.of('alert').length > 0);
    expect(boris.of('alert').map(({ alert }) => alert.id)).toEqual(['b-1']);
    expect(JSON.stringify(boris.events)).not.toMatch(/r-a1|a-1|a-2|ox-a1|Églantier/);
    expect(JSON.stringify(lea.events)).not.toMatch(/r-b1|b-1|Sureau/);
    expect(gapFree(boris)).toBe(true);
  });

  it('give a wall screen initials and rooms, and no values', async () => {
    await world.ring('wall');
    await world.measure({ metric: 'spo2', value: 93 });
    const wall = await screenOf('mur');
    expect(wall.of('snapshot')[0]).toMatchObject({
      alerts: [{ id: 'wall', resident: { family: 'É.', given: 'O.', room: '101' } }],
      vitals: [],
    });
    await world.measure({ metric: 'spo2', value: 94 });
    await world.ring('wall-2');
    await until('the second alert', () => wall.of('alert').length > 0);
    expect(wall.of('vital')).toEqual([]);
    expect(JSON.stringify(wall.events)).not.toMatch(/Églantier|Odette/);
  });

  it('tell devices that come and go to who looks after devices', async () => {
    const tech = await screenOf('tech');
    const karim = await screenOf('karim');
    expect(tech.of('snapshot')[0]).toMatchObject({ alerts: [], vitals: [] });
    await world.measure({ metric: 'device_online', value: false }, { metric: 'spo2', value: 95 });
    expect(await until('the device', () => tech.of('device')[0])).toMatchObject({ device: 'ox-a1', online: false });
    await until('the value', () => karim.of('vital').length > 0);
    expect([karim.of('device'), tech.of('vital')]).toEqual([[], []]);
  });

  it('refuse a socket without a session, and one from another origin', async () => {
    const refusals: string[] = [];
    const anonymous = openScreen(world.web(), '');
    anonymous.socket.on('connect_error', ({ message }) => refusals.push(message));
    await until('the refusal', () => refusals.includes('session.required'));
    anonymous.socket.close();
    const lea = await world.signIn('lea');
    const url = `${world.web().url}/socket.io/?EIO=4&transport=polling`;
    expect((await fetch(url, { headers: { cookie: lea.cookie, origin: 'https://evil.example' } })).status).toBe(403);
    expect((await fetch(url, { headers: { cookie: lea.cookie, origin: world.web().url } })).status).toBe(200);
  });

  it('end with the session, at once where it was ended and soon after anywhere else', async () => {
    const lea = await world.signIn('lea');
    const hers = await world.screen(lea);
    await lea.call('DELETE', '/api/v1/session');
    await until('the end of her screen', () => hers.socket.disconnected);

    const ines = await screenOf('ines');
    await disableUser(world.store.db, 'ines');
    await until('the end of the other screen', () => ines.socket.disconnected);
    expect((await clientOf(world.web(), '').get('/api/v1/me')).status).toBe(401);
  });
});

describe('the tick', () => {
  it('repeats the last seq every five seconds', async () => {
    const screen = await screenOf('lea');
    const tick = await until('a tick', () => screen.of('tick')[0], { timeout: 8_000 });
    expect(tick.seq).toBe(screen.of('snapshot')[0]?.seq);
    expect(Math.abs(Date.parse(tick.now) - Date.now())).toBeLessThan(1_000);
  });

  it('stops when the store cannot be read, so that the screen shows as frozen', async () => {
    const screen = await screenOf('lea');
    await until('a tick', () => screen.of('tick').length > 0, { timeout: 8_000 });
    const broken = jest.spyOn(world.store.db, 'selectFrom').mockImplementation(() => {
      throw new Error('disk gone');
    });
    const before = screen.of('tick').length;
    const brokenAt = Date.now();
    await until('two ticks could have come', () => Date.now() - brokenAt > 11_000, { timeout: 15_000 });
    // One may have been due before the last reading was five seconds old.
    expect(screen.of('tick').length).toBeLessThanOrEqual(before + 1);
    broken.mockRestore();
    await world.ring('back');
    await until('the news after it', () => screen.of('alert').length > 0);
    const healed = screen.of('tick').length;
    await until('ticks again', () => screen.of('tick').length > healed, { timeout: 8_000 });
  });
});
