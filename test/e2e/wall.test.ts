import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { toIso } from '../../domain/time.js';
import type { AlertView } from '../../web/protocol.js';
import { type LiveDouble, startLiveDouble } from '../doubles/live-server.js';
import { openBrowser, openPage, signIn, type View } from './support/browser.js';

const WALL: View = { width: 1920, height: 1080, theme: 'light' };

let browser: Browser;
let server: LiveDouble;
const pages: Page[] = [];

beforeAll(async () => {
  browser = await openBrowser();
}, 60_000);
afterAll(() => browser?.close());
beforeEach(async () => {
  server = await startLiveDouble();
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  await server.close();
});

const wall = async (view = WALL): Promise<Page> => {
  const { page } = await openPage(browser, view);
  pages.push(page);
  await page.goto(server.url);
  await page.getByLabel('Identifiant').fill('mur');
  await page.getByLabel('Mot de passe').fill('vigie-demo');
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await page.locator('.wall-tile').first().waitFor();
  return page;
};
const put = (alert: AlertView, changes: Partial<AlertView>): void =>
  server.put({ ...alert, ...changes, version: alert.version + 1 });
const first = (): AlertView => {
  const alert = server.alerts().find(({ id }) => id === 'a12');
  if (!alert) throw new Error('the scenario has no alert a12');
  return alert;
};
/** Words that do not fit where they stand. */
const cut = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('.wall-tile')]
      .filter(
        ({ scrollHeight, clientHeight, scrollWidth, clientWidth }) =>
          scrollHeight > clientHeight + 1 || scrollWidth > clientWidth + 1,
      )
      .map(({ innerText }) => innerText),
  );
const faults = async (page: Page): Promise<string[]> =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${String(nodes[0]?.target)}`);

describe('the wall of a display', () => {
  it('shows exceptions with room and initials, never a name, and nothing to press', async () => {
    const page = await wall();
    const tile = page.locator('[data-alert="a12"]');
    await expect(tile.innerText()).resolves.toMatch(/CRITIQUE[^]*12[^]*R\. D\.[^]*87 %[^]*< 90[^]*À prendre/i);
    await expect(page.locator('body').innerText()).resolves.not.toMatch(/Dahlia|Bouleau|Rose/);
    await expect(page.locator('.wall a').count()).resolves.toBe(0);
    await expect(cut(page)).resolves.toEqual([]);
    await expect(faults(page)).resolves.toEqual([]);
  });

  it('turns dark with the name of the colleague when somebody takes it', async () => {
    const page = await wall();
    const owner = { username: 'ines', name: 'Inès Rossignol', since: toIso(Date.now()) };
    put(first(), { workflow: 'claimed', signal: 'ack', owner });
    await page.locator('[data-alert="a12"].is-taken').getByText('Inès R.').waitFor();
  });

  it('has smaller tiles above eight, and names by level what has none above twelve', async () => {
    const page = await wall();
    for (let index = 0; index < 6; index += 1) put(first(), { id: `more${index}`, room: `3${index}` });
    await page.getByText(/2 non affichées/).waitFor();
    await expect(page.locator('.wall-tile').count()).resolves.toBe(12);
    await expect(page.locator('.wall-tile.is-crit').count()).resolves.toBe(8);
    await expect(cut(page)).resolves.toEqual([]);
    await expect(faults(page)).resolves.toEqual([]);
  });

  it('is a sentence and the clock when nothing presses', async () => {
    const page = await wall();
    for (const alert of server.alerts()) put(alert, { workflow: 'closed', signal: 'off', closedAt: toIso(Date.now()) });
    await page.getByText('Aucune alerte ouverte').waitFor();
    await page.getByText(/Dernière close à .* par Inès R\./).waitFor();
    await expect(faults(page)).resolves.toEqual([]);
  });

  it('says that it is frozen, strikes what it knew, and names no owner', async () => {
    const page = await wall();
    server.freeze(true);
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ timeout: 16_000 });
    await page.getByText('Aucune alarme ici').waitFor();
    await expect(page.locator('[data-alert="a12"] s').first().textContent()).resolves.toBe('87 %');
    await expect(page.locator('.wall-foot').count()).resolves.toBe(0);
    await expect(faults(page)).resolves.toEqual([]);
    server.freeze(false);
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ state: 'detached', timeout: 20_000 });
  }, 60_000);

  it.each([
    ['a laptop', { width: 1440, height: 900, theme: 'dark' }],
    ['a phone', { width: 390, height: 844, theme: 'light' }],
  ] as const)('fits %s without scrolling', async (_name, view) => {
    const page = await wall(view);
    await expect(cut(page)).resolves.toEqual([]);
    await expect(
      page.evaluate(() => document.documentElement.scrollHeight - document.documentElement.clientHeight),
    ).resolves.toBeLessThanOrEqual(0);
  });
});

describe('the wall of a person', () => {
  it('opens from the desk without names, and leads back', async () => {
    const { page } = await openPage(browser, WALL);
    pages.push(page);
    await signIn(page, server.url, 'lea');
    await page.getByRole('link', { name: 'Mur' }).click();
    await page.locator('.wall-tile').first().waitFor();
    await expect(page.locator('.wall').innerText()).resolves.not.toMatch(/Dahlia|Rose/);
    await page.getByRole('link', { name: 'Retour au poste' }).click();
    await page.getByRole('heading', { name: 'À traiter' }).waitFor();
  });
});
