import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectAsync } from 'mqtt';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, openPage, signIn as signInOn } from './support/browser.js';
import { PASSWORD, provisioningFile, signIn, smallEhpad, vigieProcess, type VigieProcess } from '../support/vigie.js';

let vigie: VigieProcess;
let browser: Browser;
const complaints: string[][] = [];

beforeAll(async () => {
  vigie = await vigieProcess();
  expect(await vigie.run('provision', provisioningFile(smallEhpad(3)))).toMatchObject({ code: 0 });
  await vigie.start();
  browser = await openBrowser();
}, 90_000);

afterAll(async () => {
  await browser?.close();
  await vigie?.stop();
}, 60_000);

/** A session of its own, signed in. */
const desk = async (username: string): Promise<Page> => {
  const { page, problems } = await openPage(browser, { width: 1440, height: 900, theme: 'light' });
  complaints.push(problems);
  await signInOn(page, vigie.url, username, PASSWORD);
  await page.getByText('En direct').waitFor();
  return page;
};

const publish = async (n: number, lane: 'events' | 'readings', reading: object): Promise<void> => {
  const client = await connectAsync(vigie.mqttUrl, {
    protocolVersion: 4,
    clientId: `d-${n}`,
    username: `d-${n}`,
    password: PASSWORD,
  });
  await client.publishAsync(
    `vigie/v1/les-tilleuls/d-${n}/${lane}`,
    JSON.stringify({ time: new Date().toISOString(), readings: [reading] }),
    { qos: 1 },
  );
  await client.endAsync();
};

describe('a fall, from the sensor to the closed alert', () => {
  it('rings on both screens, is claimed in one tap by one nurse and seen as hers by the other, and is closed with an outcome', async () => {
    const [lea, ines] = await Promise.all([desk('lea'), desk('ines')]);
    const card = (page: Page) => page.getByRole('article', { name: /102/ });
    await publish(2, 'events', { metric: 'fall', value: true, unit: '1' });
    await Promise.all([card(lea).waitFor(), card(ines).waitFor()]);
    await expect(card(lea).textContent()).resolves.toMatch(/Critique[\s\S]*Chute/);

    await card(lea)
      .getByRole('button', { name: /je m.en occupe/i })
      .click();
    await card(ines)
      .getByText(/Léa M.* s.en occupe/)
      .waitFor();
    await expect(
      card(ines)
        .getByRole('button', { name: /je m.en occupe/i })
        .count(),
    ).resolves.toBe(0);

    await card(lea)
      .getByRole('button', { name: /traité/i })
      .click();
    const sheet = lea.getByRole('dialog');
    const close = sheet.getByRole('button', { name: /clore l.alerte/i });
    await expect(close.isDisabled()).resolves.toBe(true);
    await sheet.getByText('Soin fait').click();
    await close.click();
    await Promise.all([card(lea).waitFor({ state: 'detached' }), card(ines).waitFor({ state: 'detached' })]);

    const api = await signIn(vigie.url, { username: 'lea', password: PASSWORD });
    const { items } = await api.get<{
      items: { rule: string; workflow: string; outcome: string; owner: { username: string } | null }[];
    }>('/alerts?state=closed');
    expect(items).toEqual([expect.objectContaining({ rule: 'fall', workflow: 'closed', outcome: 'care_given' })]);
  }, 90_000);

  it('the screen says it is frozen within ten seconds when the server is gone, and is complete again when it is back', async () => {
    const page = await desk('lea');
    await publish(1, 'readings', { metric: 'spo2', value: 96, unit: '%' });
    await page.getByRole('row', { name: /101/ }).getByText('96').first().waitFor();
    await vigie.kill();
    const began = Date.now();
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ timeout: 15_000 });
    expect(Date.now() - began).toBeLessThan(12_000);
    vigie.launch();
    await vigie.ready();
    await publish(3, 'events', { metric: 'sos', value: true, unit: '1' });
    await page.getByRole('article', { name: /103/ }).waitFor({ timeout: 30_000 });
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ state: 'detached', timeout: 15_000 });
  }, 120_000);

  it('nothing was complained about in the console while the server was there', () => {
    expect(
      complaints
        .flat()
        .filter((text) => !/ERR_CONNECTION|WebSocket|Failed to load resource|Failed to fetch/.test(text)),
    ).toEqual([]);
  });
});
