/** Spaces of French typography, put in once so that texts are written with plain ones. */
const NARROW = '\u202f';
const FIXED = '\u00a0';

/** Narrow no-break space before `? ; ! %` and inside « », no-break space before `:`. */
export const spaced = (text: string): string =>
  text
    .replace(/ ([?;!%»])/g, `${NARROW}$1`)
    .replace(/« /g, `«${NARROW}`)
    .replace(/ :/g, `${FIXED}:`)
    .replace(/(\d|\}\}) (min|s|h|km|kg|%)(?![\p{L}’])/gu, `$1${NARROW}$2`);

/** The same tree of texts, every leaf spaced. */
export const spacedTree = <Tree>(tree: Tree): Tree => {
  if (typeof tree === 'string') return spaced(tree) as Tree;
  return Object.fromEntries(Object.entries(tree as object).map(([key, value]) => [key, spacedTree(value)])) as Tree;
};
