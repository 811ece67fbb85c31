import { readFileSync, readdirSync } from 'node:fs';

const folder = new URL('../fixtures/fhir-profiles/', import.meta.url);
const all = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.name.endsWith('.json'))
  .map((entry) => JSON.parse(readFileSync(`${entry.parentPath}/${entry.name}`, 'utf8')) as Conformance);

interface Element {
  readonly id: string;
  readonly sliceName?: string;
  readonly min?: number;
  readonly max?: string;
  readonly type?: readonly { readonly code: string; readonly profile?: readonly string[] }[];
  readonly binding?: { readonly strength: string; readonly valueSet: string };
  readonly slicing?: { readonly discriminator?: readonly { readonly path: string }[] };
}
interface Conformance {
  readonly resourceType: string;
  readonly url: string;
  readonly type?: string;
  readonly differential?: { readonly element: readonly Element[] };
  readonly compose?: { readonly include: readonly { system: string; concept: readonly { code: string }[] }[] };
}

type Node = unknown;
const isObject = (node: Node): node is Record<string, Node> =>
  typeof node === 'object' && node !== null && !Array.isArray(node);
const listOf = (node: Node): Node[] => (node === undefined ? [] : Array.isArray(node) ? node : [node]);

/** `value[x]` is whichever `valueQuantity`, `valueString`… is there. */
const childrenOf = (node: Node, name: string): Node[] => {
  if (!isObject(node)) return [];
  if (!name.endsWith('[x]')) return listOf(node[name]);
  const stem = name.slice(0, -3);
  return Object.entries(node).flatMap(([key, value]) => (new RegExp(`^${stem}[A-Z]`).test(key) ? listOf(value) : []));
};
const choiceTypes = (node: Node, name: string): string[] =>
  isObject(node)
    ? Object.keys(node).flatMap((key) =>
        new RegExp(`^${name.slice(0, -3)}[A-Z]`).test(key) ? [key.slice(name.length - 3).toLowerCase()] : [],
      )
    : [];

const walk = (node: Node, path: string): Node[] =>
  path === '$this'
    ? [node]
    : path.split('.').reduce<Node[]>((nodes, name) => nodes.flatMap((n) => childrenOf(n, name)), [node]);

/** Every part of the pattern is in the value; lists of the pattern are matched by some item. */
const hasPattern = (value: Node, pattern: Node): boolean => {
  if (Array.isArray(pattern)) return pattern.every((part) => listOf(value).some((item) => hasPattern(item, part)));
  if (isObject(pattern))
    return isObject(value) && Object.entries(pattern).every(([key, part]) => hasPattern(value[key], part));
  return value === pattern;
};
const constraintOf = (element: Element): { kind: 'fixed' | 'pattern'; value: Node } | null => {
  const key = Object.keys(element).find((name) => /^(fixed|pattern)[A-Z]/.test(name));
  if (key === undefined) return null;
  return {
    kind: key.startsWith('fixed') ? 'fixed' : 'pattern',
    value: (element as unknown as Record<string, Node>)[key],
  };
};

const valueSets = new Map(
  all.filter(({ resourceType }) => resourceType === 'ValueSet').map((set) => [set.url, set.compose?.include ?? []]),
);
const codesOf = (node: Node): { system?: Node; code?: Node }[] =>
  isObject(node)
    ? Array.isArray(node.coding)
      ? (node.coding as { system?: Node; code?: Node }[])
      : [node]
    : [{ code: node }];
const isBound = (url: string, node: Node): boolean => {
  const set = valueSets.get(url);
  if (!set) return true;
  return codesOf(node).some(({ system, code }) =>
    set.some(
      (include) =>
        (system === undefined || system === include.system || system === 'http://unitsofmeasure.org') &&
        include.concept.some((concept) => concept.code === code),
    ),
  );
};

interface Checked {
  readonly faults: string[];
  /** How many constraints had something to be applied to. */
  applied: number;
}

const profiles = new Map(
  all.filter(({ resourceType }) => resourceType === 'StructureDefinition').map((p) => [p.url, p]),
);
export const ansProfiles = (): string[] => [...profiles.keys()];

const check = (elements: readonly Element[], resource: Node): Checked => {
  const checked: Checked = { faults: [], applied: 0 };
  const byId = new Map(elements.map((element) => [element.id, element]));
  const constraint = (id: string) => {
    const element = byId.get(id);
    return element ? constraintOf(element) : null;
  };

  /** Whether an item is of a slice: by profile of the extension, by type of the choice, else by the discriminators. */
  const isOfSlice = (item: Node, id: string, name: string): boolean => {
    const profile = byId.get(id)?.type?.[0]?.profile?.[0];
    if (name === 'extension') {
      if (!isObject(item)) return false;
      return profile === undefined ? item.url === (constraint(`${id}.url`)?.value ?? '') : item.url === profile;
    }
    const paths = byId.get(id.slice(0, id.lastIndexOf(':')))?.slicing?.discriminator?.map(({ path }) => path) ?? [];
    const own = constraint(id);
    const rules = paths.flatMap((path) => {
      const found = constraint(`${id}.${path}`);
      return found ? [{ path, value: found.value }] : [];
    });
    if (name.endsWith('[x]')) return true;
    if (id.endsWith(':VSCat')) return hasPattern(item, { coding: [{ code: 'vital-signs' }] });
    if (rules.length === 0) return own !== null && hasPattern(item, own.value);
    return rules.every(({ path, value }) => walk(item, path).some((node) => hasPattern(node, value)));
  };

  /** Parents of an element, then its own instances in each. */
  const instances = (id: string): { parent: Node; found: Node[] }[] => {
    const parts = id.split('.');
    let nodes: Node[] = [resource];
    let groups: { parent: Node; found: Node[] }[] = [{ parent: null, found: [resource] }];
    for (let at = 1; at < parts.length; at += 1) {
      const [name = '', slice] = parts[at]!.split(':');
      const sliceId = parts.slice(0, at + 1).join('.');
      groups = nodes.map((parent) => ({
        parent,
        found: childrenOf(parent, name).filter((item) => slice === undefined || isOfSlice(item, sliceId, name)),
      }));
      nodes = groups.flatMap(({ found }) => found);
    }
    return groups;
  };

  for (const element of elements) {
    if (!element.id.includes('.')) continue;
    const name = element.id.split('.').at(-1)!.split(':')[0]!;
    const rule = constraintOf(element);
    for (const { parent, found } of instances(element.id)) {
      checked.applied += 1;
      const fault = (why: string): void => void checked.faults.push(`${element.id}: ${why}`);
      if (element.min !== undefined && found.length < element.min) fault(`${found.length} of at least ${element.min}`);
      if (element.max !== undefined && element.max !== '*' && found.length > Number(element.max))
        fault(`${found.length} of at most ${element.max}`);
      if (name.endsWith('[x]') && element.type)
        for (const type of choiceTypes(parent, name))
          if (!element.type.some(({ code }) => code.toLowerCase() === type)) fault(`may not be a ${type}`);
      for (const node of found) {
        if (rule?.kind === 'fixed' && node !== rule.value) fault(`is not ${JSON.stringify(rule.value)}`);
        if (rule?.kind === 'pattern' && !hasPattern(node, rule.value)) fault(`lacks ${JSON.stringify(rule.value)}`);
        if (element.binding && element.binding.strength !== 'example' && !isBound(element.binding.valueSet, node))
          fault(`not in ${element.binding.valueSet}`);
      }
    }
  }
  return checked;
};

/** Applies a profile's differential: cardinalities, fixed values, patterns, choices, bindings; and its extensions'. */
export const checkDifferential = (resource: object, url: string): Checked => {
  const profile = profiles.get(url);
  if (!profile?.differential) throw new Error(`no differential of ${url}`);
  const checked = check(profile.differential.element, resource);
  const { extension } = resource as { extension?: { url: string }[] };
  for (const item of extension ?? []) {
    const definition = profiles.get(item.url);
    if (!definition?.differential) continue;
    const inner = check(definition.differential.element, item);
    checked.faults.push(...inner.faults);
    checked.applied += inner.applied;
  }
  return checked;
};
export const hasDifferential = (url: string): boolean => profiles.has(url);
