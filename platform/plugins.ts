import { readdir } from 'node:fs/promises';
import { VigieError } from '../domain/errors.js';

const MODULE = /^[^.][^.]*\.[jt]s$/;

/**
 * Loads every plug-in of a folder: one file = one plug-in, no registration. Imports each `*.ts` or `*.js` directly in
 * the folder (declarations, maps, tests and sub-folders are not plug-ins) and takes the exports for which `isPlugin`
 * holds, sorted by name. A module that exports nothing at run time (the interface file) is skipped, as are the file
 * names in `except` (without extension).
 *
 * Throws `VigieError` `plugin.missing` for a file without a plug-in, and `plugin.duplicate` for two of the same name:
 * a plug-in that is silently not there is a device that is silently not understood.
 */
export const loadPlugins = async <Plugin extends { readonly name: string }>(
  folder: URL,
  isPlugin: (exported: unknown) => exported is Plugin,
  { except = [] }: { except?: readonly string[] } = {},
): Promise<readonly Plugin[]> => {
  const base = folder.href.endsWith('/') ? folder : new URL(`${folder.href}/`);
  const files = (await readdir(base, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && MODULE.test(entry.name) && !except.includes(entry.name.slice(0, -3)))
    .map((entry) => entry.name)
    .sort();
  const plugins: Plugin[] = [];
  for (const file of files) {
    const module = (await import(new URL(file, base).href)) as Record<string, unknown>;
    const exported = Object.values(module);
    const found = [...new Set(exported)].filter(isPlugin);
    if (found.length === 0 && exported.length > 0)
      throw new VigieError(
        'plugin.missing',
        `${file}: expected an exported plug-in, came ${Object.keys(module).join(', ')}`,
      );
    plugins.push(...found);
  }
  const names = plugins.map((plugin) => plugin.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new VigieError('plugin.duplicate', `two plug-ins are named "${twice}"`);
  return plugins.sort((a, b) => (a.name < b.name ? -1 : 1));
};
