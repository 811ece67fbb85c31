import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { MINUTE, toIso } from '../../domain/time.js';
import type { AlertView } from '../../web/protocol.js';
import { type LiveDouble, startLiveDouble } from '../doubles/live-server.js';
import { until } from '../support/until.js';
import { openBrowser, openPage, signIn, type View } from './support/browser.js';

const DESK: View = { width: 1440, height: 900, theme: 'light' };
const PHONE: View = { width: 390, height: 844, theme: 'dark' };
const CLAIM = 'Je m’en occupe';

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

const desk = async (username = 'lea', view = DESK): Promise<Page> => {
  const { page } = await openPage(browser, view);
  pages.push(page);
  await signIn(page, server.url, username);
  await page.getByText('En direct').waitFor();
  return page;
};
const card = (page: Page, room: string) => page.getByRole('article', { name: new RegExp(`Ch. ${room}`) });
const alertOf = (id: string): AlertView => {
  const found = server.alerts().find((alert) => alert.id === id);
  if (!found) throw new Error(`the scenario has no alert ${id}`);
  return found;
};

describe('taking an alert', () => {
  it('is one tap or the P key, and is undone for ten seconds', async () => {
    const page = await desk();
    await page.keyboard.press('p');
    await card(page, '12').getByText('Vous vous en occupez').waitFor();
    expect(alertOf('a12').owner?.username).toBe('lea');
    await page.getByRole('button', { name: /Annuler \(/ }).click();
    await card(page, '12').getByRole('button', { name: CLAIM }).waitFor();
    expect(alertOf('a12').workflow).toBe('open');
  });

  it('says in words who was first, and shows it as theirs', async () => {
    const page = await desk();
    const owner = { username: 'ines', name: 'Inès Rossignol', since: toIso(Date.now()) };
    const problem = { type: 'about:blank', title: 'Already claimed', status: 409, code: 'alert.already_claimed' };
    server.failNext({ status: 409, body: { ...problem, owner } });
    await card(page, '12').getByRole('button', { name: CLAIM }).click();
    await page
      .getByText(/Déjà pris par Inès Rossignol à/)
      .first()
      .waitFor();
    await card(page, '12').getByRole('button', { name: CLAIM }).waitFor();
  });

  it('is offered again, in words, when nothing answered', async () => {
    const page = await desk();
    await page.route('**/claim', (route) => route.abort());
    await card(page, '12').getByRole('button', { name: CLAIM }).click();
    await page.getByText('l’alerte reste à prendre').first().waitFor();
    await card(page, '12').getByRole('button', { name: CLAIM }).waitFor();
  });
});

describe('a new critical alert', () => {
  it('is announced at once and slides in above an order that is held', async () => {
    const page = await desk();
    await page.getByRole('button', { name: 'Figer l’ordre' }).click();
    const now = Date.now();
    const resident = { id: 'r-20', family: 'Iris', given: 'Rose', room: '20', unit: 'up' };
    server.put({ ...alertOf('a12'), id: 'new', room: '20', resident, startedAt: toIso(now) });
    await card(page, '20').waitFor();
    await expect(
      page.getByRole('list', { name: 'File des alertes' }).getByRole('article').first().textContent(),
    ).resolves.toMatch('Ch. 20');
    await expect(page.locator('#annonce-critique').textContent()).resolves.toMatch(
      /Critique, chambre 20, SpO₂ 87 pour cent, limite 90/,
    );
  });
});

describe('the states of a card', () => {
  it('never shows lost data as recovery, and keeps a critical that ended until somebody answers', async () => {
    const page = await desk();
    server.put({ ...alertOf('a18'), condition: 'indeterminate', version: 2 });
    await card(page, '18').getByText('l’alerte n’est pas finie').waitFor();
    server.put({
      ...alertOf('a12'),
      condition: 'ended',
      signal: 'latched',
      endedAt: toIso(Date.now() - MINUTE),
      version: 2,
    });
    await card(page, '12').getByText('reste affichée').waitFor();
    await card(page, '12').getByRole('button', { name: CLAIM }).waitFor();
  });
});

describe('a display that may be wrong', () => {
  it('asks for everything again when a number is missing', async () => {
    const page = await desk();
    server.skip();
    server.put({ ...alertOf('a05'), message: { fr: 'Poids +2,1 kg / 3 jours', en: 'Weight' }, version: 2 });
    await card(page, '05').getByText('+2,1 kg').waitFor();
    await until('the page is still live after its resync', () => page.getByText('En direct').isVisible());
  });

  it('says it is frozen, offers no claim, and comes back complete', async () => {
    const page = await desk();
    server.freeze(true);
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ timeout: 16_000 });
    await page.getByText('Ne sonnera pas').waitFor();
    await expect(card(page, '12').getByRole('button', { name: 'Hors ligne' }).isDisabled()).resolves.toBe(true);
    await expect(page.getByRole('button', { name: CLAIM }).count()).resolves.toBe(0);
    server.freeze(false);
    await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ state: 'detached', timeout: 20_000 });
    await card(page, '12').getByRole('button', { name: CLAIM }).waitFor();
  }, 60_000);

  it('says that nothing is certain when the server never answered, and which rooms to visit', async () => {
    const page = await desk();
    await page.route('**/api/v1/**', (route) => route.abort());
    await page.reload();
    await page.getByRole('heading', { name: 'Vigie ne peut rien afficher de sûr' }).waitFor();
    await page.getByText(/Passez voir ch. 12/).waitFor();
    await page.unroute('**/api/v1/**');
    await page.getByRole('button', { name: 'Réessayer maintenant' }).click();
    await page.getByRole('heading', { name: 'À traiter' }).waitFor();
  });
});

describe('everybody can use it', () => {
  it('refuses a role without alerts in words, not with an empty page', async () => {
    const { page } = await openPage(browser, DESK);
    pages.push(page);
    await page.goto(server.url);
    await page.getByLabel('Identifiant').fill('tech');
    await page.getByLabel('Mot de passe').fill('vigie-demo');
    await page.getByRole('button', { name: 'Se connecter' }).click();
    await page.getByRole('heading', { name: 'Vous n’avez pas accès aux alertes' }).waitFor();
  });

  it('speaks English when asked', async () => {
    const page = await desk();
    await page.getByRole('button', { name: /mon compte/ }).click();
    await page.getByRole('menuitemradio', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'To handle' }).waitFor();
    await expect(page.locator('html').getAttribute('lang')).resolves.toBe('en');
  });

  it.each([
    ['desk, day', DESK],
    ['phone, night', PHONE],
  ])('has no fault that axe can see and no sideways scroll: %s', async (_name, view) => {
    const page = await desk('lea', view);
    const faults = async (): Promise<string[]> =>
      (await new AxeBuilder({ page }).analyze()).violations.map(
        ({ id, nodes }) => `${id}: ${String(nodes[0]?.target)}`,
      );
    await expect(faults()).resolves.toEqual([]);
    await card(page, '12').getByRole('button', { name: CLAIM }).click();
    await card(page, '12').getByRole('button', { name: 'Traité…' }).click();
    await page.getByRole('dialog').waitFor();
    await expect(faults()).resolves.toEqual([]);
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways).toBeLessThanOrEqual(0);
  });
});
