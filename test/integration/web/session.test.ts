import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { hashPassword } from '../../../platform/password.js';
import { disableUser, setPassword } from '../../../platform/store/users.js';
import { clientOf, PASSWORD, request, startWorld, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const setCookie = async (username: string): Promise<string> => {
  const answer = await world.anonymous().post('/api/v1/session', { username, password: PASSWORD });
  return answer.headers.get('set-cookie') ?? '';
};

describe('signing in and out', () => {
  it('gives the user and a cookie that scripts and other sites cannot use', async () => {
    const answer = await world.anonymous().post('/api/v1/session', { username: 'lea', password: PASSWORD });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ username: 'lea', name: 'Léa Mésange', role: 'nurse', sites: ['site-a'] });
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^vigie=/);
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
    expect(await clientOf(world.web(), cookie.split(';')[0] ?? '').get('/api/v1/me')).toMatchObject({
      status: 200,
      body: { username: 'lea' },
    });
  });

  it('makes the cookie Secure when a proxy on this machine ended TLS', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    const answer = await world.anonymous().post('/api/v1/session', { username: 'lea', password: PASSWORD }, headers);
    expect(answer.headers.get('set-cookie')).toContain('Secure');
    expect(await setCookie('lea')).not.toContain('Secure');
  });

  it('takes a new session id at sign-in, so that a planted one is worth nothing', async () => {
    const planted = (await setCookie('lea')).split(';')[0] ?? '';
    const again = await clientOf(world.web(), planted).post('/api/v1/session', {
      username: 'ines',
      password: PASSWORD,
    });
    const fresh = again.headers.get('set-cookie')?.split(';')[0];
    expect(fresh).not.toBe(planted);
    expect((await clientOf(world.web(), planted).get('/api/v1/me')).status).toBe(401);
  });

  it('answers a wrong password and an unknown name alike', async () => {
    const wrong = await world.anonymous().post('/api/v1/session', { username: 'karim', password: 'nope' });
    const unknown = await world.anonymous().post('/api/v1/session', { username: 'nobody', password: 'nope' });
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get('content-type')).toContain('application/problem+json');
    expect(wrong.body).toMatchObject({ code: 'session.invalid_credentials', status: 401 });
    expect(unknown.body).toEqual(wrong.body);
    expect(wrong.headers.get('set-cookie')).toBeNull();
  });

  it('ends the session on sign-out', async () => {
    const lea = await world.signIn('lea');
    expect((await lea.call('DELETE', '/api/v1/session')).status).toBe(204);
    expect((await lea.get('/api/v1/me')).body).toMatchObject({ code: 'session.required' });
    expect((await lea.call('DELETE', '/api/v1/session')).status).toBe(401);
  });

  it('refuses a disabled account and one whose password changed, sessions included', async () => {
    const karim = await world.signIn('karim');
    await disableUser(world.store.db, 'karim');
    expect((await karim.get('/api/v1/me')).status).toBe(401);
    expect((await world.anonymous().post('/api/v1/session', { username: 'karim', password: PASSWORD })).status).toBe(
      401,
    );
    await disableUser(world.store.db, 'karim', false);

    const again = await world.signIn('karim');
    await setPassword(world.store.db, 'karim', await hashPassword('another one'));
    expect((await again.get('/api/v1/me')).status).toBe(401);
  });

  it('keeps no session id in the store that could be used from a backup', async () => {
    const cookie = decodeURIComponent((await setCookie('lea')).split(';')[0]?.split('=')[1] ?? '');
    const sid = cookie.slice(2, cookie.indexOf('.'));
    const rows = await world.store.db.selectFrom('sessions').selectAll().execute();
    expect(sid.length).toBeGreaterThan(20);
    expect(JSON.stringify(rows)).not.toContain(sid);
  });

  it('leaves a trace of every attempt without the name that was typed', async () => {
    await world.anonymous().post('/api/v1/session', { username: 'typed-password-here', password: 'x' });
    const rows = await world.store.db.selectFrom('audit').selectAll().execute();
    expect(rows.some(({ actor, outcome }) => actor === 'user:lea' && outcome === 'done')).toBe(true);
    expect(rows.some(({ actor, outcome }) => actor === 'unknown' && outcome === 'refused')).toBe(true);
    expect(JSON.stringify(rows)).not.toContain('typed-password-here');
  });

  it('slows down guesses at one name, without saying whether the next was right', async () => {
    const guess = (password: string) => world.anonymous().post('/api/v1/session', { username: 'boris', password });
    for (let n = 0; n < 5; n += 1) expect((await guess('wrong')).status).toBe(401);
    const refused = await guess(PASSWORD);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'session.too_many_attempts' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await expect(world.signIn('ines')).resolves.toBeDefined();
  });
});

describe('requests from elsewhere', () => {
  const credentials = { username: 'lea', password: PASSWORD };
  const post = (headers: Record<string, string>) =>
    request(`${world.web().url}/api/v1/session`, 'POST', credentials, headers);

  it.each<[string, Record<string, string>, number]>([
    ['another site, by fetch metadata', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a sibling origin', { 'sec-fetch-site': 'same-site' }, 403],
    ['another site, by Origin alone', { origin: 'https://evil.example' }, 403],
    ['an opaque origin', { origin: 'null' }, 403],
    ['our own page', { 'sec-fetch-site': 'same-origin' }, 200],
    ['a script', {}, 200],
  ])('from %s', async (_what, headers, status) => {
    const answer = await post(headers);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body).toMatchObject({ code: 'request.cross_origin' });
  });

  it('accepts our own origin named by an older browser', async () => {
    expect((await post({ origin: world.web().url })).status).toBe(200);
  });
});

describe('what is asked wrongly', () => {
  it('is told which field and what was expected, never the value', async () => {
    const answer = await world.anonymous().post('/api/v1/session', { username: 7, password: 'secret-value', more: 1 });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ code: 'body.invalid' });
    expect(answer.body.detail).toContain('username');
    expect(JSON.stringify(answer.body)).not.toContain('secret-value');
  });

  it('gets a problem for malformed JSON, a large body and an unknown address', async () => {
    const url = `${world.web().url}/api/v1/session`;
    const headers = { 'content-type': 'application/json' };
    const malformed = await fetch(url, { method: 'POST', headers, body: '{' });
    expect([malformed.status, malformed.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
    const large = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ username: 'x'.repeat(100_000) }),
    });
    expect(large.status).toBe(413);
    const lea = await world.signIn('lea');
    expect((await lea.get('/api/v1/nothing')).body).toMatchObject({ code: 'route.not_found', status: 404 });
    expect((await lea.get('/nothing.js')).status).toBe(404);
  });
});
