/**
 * Pictures of every screen beside the reference ones: `npx tsx test/e2e/support/screenshots.ts [folder]`, after
 * `npm run build:client`.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { startLiveDouble } from '../../doubles/live-server.js';
import { openBrowser, openPage, signIn, type View } from './browser.js';

const folder = process.argv[2] ?? 'dist/screenshots';
mkdirSync(folder, { recursive: true });

const VIEWS: Record<string, View> = {
  bureau: { width: 1440, height: 900, theme: 'light' },
  'bureau-nuit': { width: 1440, height: 900, theme: 'dark' },
  large: { width: 1920, height: 1080, theme: 'light' },
  tablette: { width: 1024, height: 768, theme: 'light' },
  tel: { width: 390, height: 844, theme: 'light' },
  'tel-nuit': { width: 390, height: 844, theme: 'dark' },
  etroit: { width: 320, height: 700, theme: 'light' },
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const browser = await openBrowser();
for (const [name, view] of Object.entries(VIEWS)) {
  const server = await startLiveDouble();
  const { page, problems } = await openPage(browser, view);
  const shoot = (what: string, fullPage = false): Promise<Buffer> =>
    page.screenshot({ path: join(folder, `${what}-${name}.png`), fullPage, animations: 'disabled' });
  const check = async (what: string): Promise<void> => {
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, nodes } of violations)
      say(
        `axe ${name} ${what}: ${id}: ${nodes
          .map(({ target }) => String(target))
          .slice(0, 3)
          .join(' | ')}`,
      );
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wide > 0) say(`${name} ${what}: ${wide} px of sideways scroll`);
  };
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Se connecter' }).waitFor();
  await shoot('connexion');
  await check('connexion');
  await signIn(page, server.url, 'lea');
  await page.getByText('En direct').first().waitFor();
  await page.waitForTimeout(1_500);
  await shoot('poste', view.width < 980);
  await check('poste');
  await page
    .getByRole('article', { name: /Ch. 12/ })
    .getByRole('button', { name: 'Je m’en occupe' })
    .click();
  await page.getByText('Vous vous en occupez').waitFor();
  await shoot('prise');
  await page.getByRole('button', { name: 'Traité…' }).click();
  await page.getByRole('dialog').waitFor();
  await page.getByText('Soin fait').click();
  await shoot('issue');
  await check('issue');
  await page.keyboard.press('Escape');
  await page
    .getByRole('article', { name: /Ch. 18/ })
    .getByRole('button', { name: /Autres actions/ })
    .click();
  await page.getByRole('menu').waitFor();
  await shoot('menu');
  await check('menu');
  await page.getByRole('menuitem', { name: 'Reporter…' }).click();
  await page.getByRole('dialog').waitFor();
  await shoot('reporter');
  await check('reporter');
  await page.keyboard.press('Escape');
  server.freeze(true);
  await page.getByText(/AFFICHAGE FIGÉ depuis/).waitFor({ timeout: 20_000 });
  await shoot('fige');
  await check('fige');
  for (const problem of problems) say(`${name} console: ${problem}`);
  await page.context().close();
  await server.close();
  say(`${name} done`);
}
await browser.close();
process.exit(0);
