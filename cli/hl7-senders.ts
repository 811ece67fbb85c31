import type { RegistryView } from '../gateway/registry-view.js';
import type { Hl7Sender } from '../gateway/sources/mllp.js';

/**
 * Whom an HL7 sender speaks for: the box whose id is its application (MSH-3) or its facility (MSH-4), else the site
 * whose id is its facility; as written, or in lower case. Nobody else has a site: never guessed, even from a single one.
 */
export const hl7SenderOf =
  (view: RegistryView) =>
  async (header: { sendingApplication: string; sendingFacility: string }): Promise<Hl7Sender> => {
    const registry = await view.current();
    const spellings = (name: string): string[] => (name === '' ? [] : [name, name.toLowerCase()]);
    for (const name of [...spellings(header.sendingApplication), ...spellings(header.sendingFacility)]) {
      const box = registry.box(name);
      if (box) return { site: box.site, identity: `box:${box.id}` };
    }
    for (const name of spellings(header.sendingFacility))
      if (registry.site(name)) return { site: name, identity: `hl7:${name}` };
    return { site: null, identity: 'hl7:unknown' };
  };
