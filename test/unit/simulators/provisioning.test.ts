import { describe, expect, it } from '@jest/globals';
import { provisioningSchema } from '../../../platform/store/provision-schema.js';
import { castOf, played } from '../../../simulators/cast.js';
import { demoProvisioning } from '../../../simulators/demo-provisioning.js';
import { loadDeviceModels } from '../../../simulators/timeline.js';

const demo = demoProvisioning({ seed: '42' });

describe('demo provisioning', () => {
  it('is a valid provisioning file', () => {
    expect(provisioningSchema.safeParse(demo).error?.issues ?? []).toEqual([]);
  });

  it('is the same for the same seed, with other secrets and people for another', () => {
    expect(demoProvisioning({ seed: '42' })).toEqual(demo);
    const other = demoProvisioning({ seed: '43' });
    expect(other.boxes[0]?.password).not.toBe(demo.boxes[0]?.password);
    expect(other.residents.map((resident) => resident.id)).toEqual(demo.residents.map((resident) => resident.id));
  });

  it('has an EHPAD of 40 residents in three units and ten homes, one box for each unit and home', () => {
    expect(demo.residents.filter((resident) => resident.site === 'les-mirabelles')).toHaveLength(40);
    expect(demo.sites[0]?.units.map((unit) => unit.name)).toEqual(['Rez-de-jardin', 'Étage', 'Unité protégée']);
    expect(demo.sites.filter((site) => site.kind === 'home').map((site) => site.id)).toContain('domicile-10');
    expect(demo.boxes).toHaveLength(13);
  });

  it('gives every resident a room of their unit, and no identifier twice at one site', () => {
    for (const { site, unit, room } of demo.residents) {
      const rooms = demo.sites.find((each) => each.id === site)?.units.find((each) => each.id === unit)?.rooms;
      expect(rooms).toContain(room);
    }
    const identifiers = demo.devices.flatMap((device) => device.identifiers.map((each) => `${device.site} ${each}`));
    expect(new Set(identifiers).size).toBe(identifiers.length);
    expect(new Set(demo.devices.map((device) => device.id)).size).toBe(demo.devices.length);
  });

  it('uses test identities whose key is right and whose commune does not exist', () => {
    for (const { ins, sex, birthDate } of demo.residents) {
      expect(ins.system).toBe('urn:oid:1.2.250.1.213.1.4.10');
      expect(ins.value).toMatch(/^[12]\d{4}559\d{7}$/);
      expect(Number(ins.value.slice(13))).toBe(97 - Number(BigInt(ins.value.slice(0, 13)) % 97n));
      expect(ins.value.slice(0, 5)).toBe(`${sex === 'male' ? 1 : 2}${birthDate.slice(2, 4)}${birthDate.slice(5, 7)}`);
    }
    expect(new Set(demo.residents.map(({ ins }) => ins.value)).size).toBe(50);
  });

  it('only provisions devices that can be simulated', async () => {
    const models = await loadDeviceModels();
    expect(demo.devices.filter((device) => !models.has(device.model))).toEqual([]);
    expect(new Set(demo.devices.map((device) => device.model)).size).toBe(models.size);
  });

  it('opens with Mme Dahlia of room 12 and M. Bouleau of room 07', () => {
    const cast = castOf(demo);
    const who = (id: string) => demo.residents.find((resident) => resident.id === id);
    expect(who(played('wearers', cast))).toMatchObject({ family: 'Dahlia', room: '12' });
    expect(who(played('watched', cast))).toMatchObject({ family: 'Bouleau', room: '07' });
    expect(who(played('callers', cast))?.site).toMatch(/^domicile-/);
  });

  it('still has a part for everybody when it is small', () => {
    const cast = castOf(demoProvisioning({ seed: '42', residents: 4, homes: 1 }));
    for (const part of ['wearers', 'watched', 'callers', 'visited'] as const)
      expect(played(part, cast)).toMatch(/^r-\d+$/);
    expect(() => played('watched', castOf({ ...demo, devices: [] }))).toThrow('"watched"');
  });
});
