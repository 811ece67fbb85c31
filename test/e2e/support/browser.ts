import { type Browser, chromium, type Page } from 'playwright-core';
import { requireProgram } from '../../support/program.js';

const ARGS = [
  '--no-sandbox',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-gpu',
];

/** Debian's Chromium, headless. */
export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: requireProgram('chromium', 'chromium'), headless: true, args: ARGS });

export interface View {
  readonly width: number;
  readonly height: number;
  readonly theme: 'light' | 'dark';
}

/** A page of its own session, with the problems it reported. */
export const openPage = async (browser: Browser, view: View): Promise<{ page: Page; problems: string[] }> => {
  const context = await browser.newContext({
    viewport: { width: view.width, height: view.height },
    colorScheme: view.theme,
    locale: 'fr-FR',
    timezoneId: 'Europe/Paris',
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  return { page, problems };
};

/** Signs in through the page, as a person does. */
export const signIn = async (page: Page, url: string, username: string, password = 'vigie-demo'): Promise<void> => {
  await page.goto(url);
  await page.getByLabel('Identifiant').fill(username);
  await page.getByLabel('Mot de passe').fill(password);
  await page.getByRole('button', { name: 'Se connecter' }).click();
  await page.getByRole('heading', { name: 'À traiter' }).waitFor();
};
