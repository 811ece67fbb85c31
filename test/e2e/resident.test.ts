import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type LiveDouble, startLiveDouble } from '../doubles/live-server.js';
import { until } from '../support/until.js';
import { openBrowser, openPage, signIn, type View } from './support/browser.js';

const DESK: View = { width: 1440, height: 900, theme: 'light' };
const NARROW: View = { width: 320, height: 700, theme: 'dark' };
const PHONE: View = { width: 390, height: 844, theme: 'light' };

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

const signedIn = async (view = DESK): Promise<{ page: Page; problems: string[] }> => {
  const opened = await openPage(browser, view);
  pages.push(opened.page);
  await signIn(opened.page, server.url, 'lea');
  await opened.page.getByText('En direct').waitFor();
  // Asking who is there before signing in is answered 401, which the browser reports.
  opened.problems.length = 0;
  return opened;
};
const resident = async (view = DESK): Promise<{ page: Page; problems: string[] }> => {
  const opened = await signedIn(view);
  await opened.page.goto(`${server.url}/residents/r-12`);
  await opened.page.locator('.uplot').first().waitFor();
  return opened;
};
const faults = async (page: Page): Promise<string[]> =>
  (await new AxeBuilder({ page }).analyze()).violations.map(({ id, nodes }) => `${id}: ${String(nodes[0]?.target)}`);
const sideways = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

describe('opening a resident', () => {
  it('is a row of the desk, by mouse or by keyboard, and the way back finds the same place', async () => {
    const { page } = await signedIn();
    const list = page.getByRole('table', { name: 'Résidents' });
    const link = page.getByRole('link', { name: 'M. Houx' });
    await link.scrollIntoViewIfNeeded();
    const top = await list.evaluate((element) => element.scrollTop);
    expect(top).toBeGreaterThan(0);
    await link.press('Enter');
    await page.getByRole('heading', { name: 'M. Rose Houx' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/residents/r-24');
    await page.getByRole('button', { name: 'Retour au poste' }).click();
    await list.waitFor();
    await expect(list.evaluate((element) => element.scrollTop)).resolves.toBe(top);
    await expect(link.evaluate((element) => element === document.activeElement)).resolves.toBe(true);
    await page.getByText('95', { exact: true }).first().click();
    await until('a resident is shown', () => Promise.resolve(page.url().includes('/residents/')));
    await page.goBack();
    await list.waitFor();
  });

  it('says so when the resident is not known', async () => {
    const { page } = await signedIn();
    await page.goto(`${server.url}/residents/nobody`);
    await page.getByRole('heading', { name: 'Ce résident n’est pas connu ici' }).waitFor();
  });
});

describe('the page of a resident', () => {
  it('shows values with limit and age, what a score misses, and where each limit comes from', async () => {
    const { page, problems } = await resident();
    const tiles = page.getByRole('region', { name: 'Dernières mesures' });
    await tiles.getByText('< 90').waitFor();
    await tiles.getByText('par Oxymètre de doigt').first().waitFor();
    await page.getByText('7 mesures sur 7').waitFor();
    await page.getByRole('row', { name: /SpO₂.*90.*92.*Résident/ }).waitFor();
    await page.goto(`${server.url}/residents/r-08`);
    await page.getByText('jamais reçu').first().waitFor();
    await page.getByText(/Il manque/).waitFor();
    expect(problems).toEqual([]);
  });

  it('strikes a value that stopped', async () => {
    const { page } = await signedIn();
    await page.goto(`${server.url}/residents/r-21`);
    await page
      .getByText(/arrêté depuis/)
      .first()
      .waitFor();
    await expect(page.locator('.tile s').first().textContent()).resolves.toBe('94');
  });

  it('gives the same data as curves and as a table, with the gap and its cause', async () => {
    const { page } = await resident();
    await page.getByRole('img', { name: /SpO₂, 24 h : de 87 à \d+ %, .* 1 interruptions/ }).waitFor();
    await page.getByRole('button', { name: 'Tableau' }).click();
    await page.getByText(/pas de donnée de .* capteur muet/).waitFor();
    await page.getByText('hors limites').first().waitFor();
    await page.getByRole('button', { name: 'Courbes' }).click();
    await page.getByText('7 j', { exact: true }).click();
    await page.getByText(/Moyenne par heure/).waitFor();
    await page.getByText('30 j', { exact: true }).click();
    await page.getByText(/Moyenne par jour/).waitFor();
    await page.getByRole('img', { name: /SpO₂, 30 j/ }).waitFor();
  });

  it('claims the alert in place and reads the journal of a closed one', async () => {
    const { page } = await resident();
    await page.getByRole('button', { name: 'Je m’en occupe' }).click();
    await page.getByText('Vous vous en occupez').waitFor();
    const journal = page.getByRole('button', { name: 'Journal complet : SpO₂ 91 % < 92 %' });
    await journal.click();
    await page.getByRole('dialog').getByText('Alerte confirmée').waitFor();
    await page.keyboard.press('Escape');
    await until('the focus is back', () => journal.evaluate((element) => element === document.activeElement));
  });

  it('says that it is frozen and strikes its values', async () => {
    const { page } = await resident();
    server.freeze(true);
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ timeout: 16_000 });
    await expect(page.locator('.tile-value b').count()).resolves.toBe(0);
  }, 60_000);

  it.each([
    ['desk, day', DESK],
    ['phone, day', PHONE],
    ['320 px, night', NARROW],
  ])('has no fault that axe can see and no sideways scroll: %s', async (_name, view) => {
    const { page } = await resident(view);
    await expect(faults(page)).resolves.toEqual([]);
    await expect(sideways(page)).resolves.toBeLessThanOrEqual(0);
    await page.getByRole('button', { name: 'Tableau' }).click();
    await page.getByRole('columnheader', { name: 'Heure locale' }).waitFor();
    await expect(faults(page)).resolves.toEqual([]);
    await expect(sideways(page)).resolves.toBeLessThanOrEqual(0);
  });
});
