import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadPlugins } from '../../../platform/plugins.js';

interface Plugin {
  readonly name: string;
  readonly run: () => number;
}
const isPlugin = (exported: unknown): exported is Plugin =>
  typeof exported === 'object' && exported !== null && 'name' in exported && 'run' in exported;
const plugin = (name: string) => `export const plugin = { name: '${name}', run: () => 1 };\nexport const LIMIT = 3;\n`;

describe('a folder of plug-ins', () => {
  let root: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vigie-plugins-'));
    await writeFile(join(root, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  const folder = async (name: string, files: Record<string, string>): Promise<URL> => {
    for (const [file, text] of Object.entries(files)) {
      await mkdir(join(root, name, file, '..'), { recursive: true });
      await writeFile(join(root, name, file), text);
    }
    return pathToFileURL(join(root, name));
  };
  const names = async (url: URL, options?: Parameters<typeof loadPlugins>[2]) =>
    (await loadPlugins(url, isPlugin, options)).map(({ name }) => name);

  it('loads every file, in the order of the names', async () => {
    const url = await folder('all', { 'b.ts': plugin('alpha'), 'a.ts': plugin('omega'), 'c.ts': plugin('beta') });
    expect(await names(url)).toEqual(['alpha', 'beta', 'omega']);
  });

  it('leaves types, maps, tests, hidden files, sub-folders and the exceptions alone', async () => {
    const broken = 'throw new Error("loaded");\n';
    const url = await folder('some', {
      'a.ts': plugin('a'),
      'port.ts': 'export interface Port { readonly name: string }\n',
      'helper.ts': broken,
      'a.d.ts': broken,
      'a.test.ts': broken,
      'a.js.map': broken,
      '.hidden.ts': broken,
      'README.md': broken,
      'support/b.ts': broken,
    });
    expect(await names(url, { except: ['helper'] })).toEqual(['a']);
  });

  it('refuses a file that has no plug-in', async () => {
    const url = await folder('missing', { 'typo.ts': 'export const plugn = 1;\n' });
    await expect(names(url)).rejects.toMatchObject({
      code: 'plugin.missing',
      message: expect.stringContaining('typo.ts') as unknown,
    });
  });

  it('refuses two plug-ins of one name', async () => {
    const url = await folder('twice', { 'a.ts': plugin('same'), 'b.ts': plugin('same') });
    await expect(names(url)).rejects.toMatchObject({ code: 'plugin.duplicate' });
  });

  it('that is not there is an error', async () => {
    await expect(names(pathToFileURL(join(root, 'nowhere')))).rejects.toThrow('ENOENT');
  });
});
