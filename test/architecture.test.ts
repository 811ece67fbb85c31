import { describe, expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

const root = new URL('..', import.meta.url).pathname;

/**
 * Who may import whom (docs/architecture.md §4). The first row whose folder contains the file decides; a file may
 * always import from its own row's folder. `packages: null` = any npm package.
 */
const TABLE: readonly { in: string; may: readonly string[]; packages: readonly string[] | null }[] = [
  { in: 'domain', may: [], packages: ['zod'] },
  { in: 'platform', may: ['domain'], packages: null },
  { in: 'fhir', may: ['domain'], packages: ['fhir'] },
  { in: 'broker', may: ['domain', 'platform'], packages: null },
  {
    in: 'gateway/codecs',
    may: ['domain'],
    packages: ['zod', '@medplum/core', 'cborg', 'fast-xml-parser', 'protobufjs'],
  },
  { in: 'gateway/alerts', may: ['domain'], packages: ['zod'] },
  { in: 'gateway/sources', may: ['domain', 'platform'], packages: null },
  { in: 'gateway/sinks', may: ['domain', 'platform', 'fhir'], packages: null },
  { in: 'gateway', may: ['domain', 'platform', 'fhir'], packages: null },
  { in: 'web/client', may: ['domain', 'web/protocol.ts'], packages: null },
  { in: 'web/server', may: ['domain', 'platform', 'fhir', 'web/protocol.ts'], packages: null },
  { in: 'web/protocol.ts', may: ['domain'], packages: ['zod'] },
  { in: 'simulators', may: ['domain', 'platform'], packages: null },
  { in: 'cli', may: ['domain', 'platform', 'fhir', 'broker', 'gateway', 'web/server', 'simulators'], packages: null },
  { in: 'main.ts', may: ['cli', 'platform', 'domain'], packages: null },
];

/** Node's own modules a pure folder may use: they are functions of their arguments. */
const PURE_BUILTINS = ['node:crypto', 'node:buffer', 'node:util'];
const PURE = ['domain', 'gateway/codecs', 'gateway/alerts', 'fhir'];

const sources = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

const files = ['domain', 'platform', 'fhir', 'broker', 'gateway', 'web', 'simulators', 'cli']
  .flatMap(sources)
  .concat('main.ts');

const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(root, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);

const isIn = (file: string, folder: string): boolean => file === folder || file.startsWith(`${folder}/`);
const rowOf = (file: string) => TABLE.find((row) => isIn(file, row.in));

const violations = (file: string): string[] => {
  const row = rowOf(file);
  if (!row) return [`${file}: no row of the table covers it`];
  return importsOf(file).flatMap((name) => {
    if (name.startsWith('.')) {
      const target = normalize(join(dirname(file), name)).replace(/\.js$/, '.ts');
      const allowed = isIn(target, row.in) || row.may.some((folder) => isIn(target, folder));
      // `gateway` composes: files directly in it may import its folders, the folders may not import it back.
      return allowed ? [] : [`${file} may not import ${target}`];
    }
    if (name.startsWith('node:'))
      return PURE.some((folder) => isIn(file, folder)) && !PURE_BUILTINS.includes(name)
        ? [`${file} may not import ${name}`]
        : [];
    const packageName = name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/');
    return row.packages && !row.packages.includes(packageName) ? [`${file} may not import ${packageName}`] : [];
  });
};

describe('the import table', () => {
  it.each(TABLE.map((row) => row.in))('is kept by %s', (folder) => {
    expect(files.filter((file) => rowOf(file)?.in === folder).flatMap(violations)).toEqual([]);
  });

  it('covers every source file', () => {
    expect(files.filter((file) => !rowOf(file))).toEqual([]);
  });

  it('would notice a forbidden import', () => {
    expect(importsOf('test/architecture.test.ts')).toContain('@jest/globals');
    expect(rowOf('gateway/codecs/gatt.ts')?.may).not.toContain('platform');
  });
});
