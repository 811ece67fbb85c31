import { hash } from 'node:crypto';
import { GIVEN_NAMES, PLANTS, STAFF } from './names.js';
import { personOf } from './physiology.js';
import type {
  ProvisionedBox,
  ProvisionedDevice,
  ProvisionedResident,
  ProvisionedSite,
  Provisioning,
} from './provisioning.js';
import { randomFrom } from './random.js';

export const DEMO_SITE = 'les-mirabelles';
export const DEMO_PASSWORD = 'vigie-demo';
const ZONE = 'Europe/Paris';
/** Long before any simulation, so that stored records find whom they belong to. */
const SINCE = '2020-01-01T00:00:00Z';
/** ANS test identities (INS-NIR-TEST). */
const INS_TEST = 'urn:oid:1.2.250.1.213.1.4.10';
const HOUR = 3600;

const UNITS = [
  { id: 'rez-de-jardin', name: 'Rez-de-jardin', share: 0.35 },
  { id: 'etage', name: 'Étage', share: 0.35 },
  { id: 'unite-protegee', name: 'Unité protégée', share: 0.3 },
] as const;

export interface DemoOptions {
  readonly seed: string;
  /** In the EHPAD. */
  readonly residents?: number;
  readonly homes?: number;
}

const secret = (seed: string, username: string): string =>
  hash('sha256', `${seed}/mqtt/${username}`, 'hex').slice(0, 32);
const two = (value: number): string => String(value).padStart(2, '0');

/**
 * Fifteen digits shaped like a NIR, with a valid key and a commune (900 and above) that the Meuse does not have:
 * nobody's number.
 */
const testIns = (resident: Pick<ProvisionedResident, 'sex' | 'birthDate'>, index: number): string => {
  const [year = '', month = ''] = resident.birthDate.split('-');
  const body = `${resident.sex === 'male' ? 1 : 2}${year.slice(2)}${month}55${900 + (index % 90)}${String((index % 998) + 1).padStart(3, '0')}`;
  return body + two(97 - Number(BigInt(body) % 97n));
};

const identityOf = (
  seed: string,
  index: number,
): Pick<ProvisionedResident, 'family' | 'given' | 'sex' | 'birthDate' | 'ins'> => {
  const random = randomFrom(`${seed}/identity/${index}`);
  const [family, sex] = PLANTS[index % PLANTS.length] ?? ['Mirabellier', 'male'];
  const birthDate = `${random.int(1930, 1945)}-${two(random.int(1, 12))}-${two(random.int(1, 28))}`;
  const ins = { system: INS_TEST, value: testIns({ sex, birthDate }, index) };
  return { family, given: random.pick(GIVEN_NAMES[sex]), sex, birthDate, ins };
};

/** A locally administered MAC address, twelve hexadecimal digits as the boxes write it. */
const macOf = (device: string): string => `02${hash('sha256', device, 'hex').slice(0, 10).toUpperCase()}`;

/** What a resident of the EHPAD or a home has around them. */
const devicesOf = (seed: string, resident: ProvisionedResident, index: number): ProvisionedDevice[] => {
  const home = resident.site !== DEMO_SITE;
  const { conditions } = personOf(seed, resident.id, { zone: ZONE, kind: home ? 'home' : 'ehpad' });
  const devices: ProvisionedDevice[] = [];
  const short = resident.id.slice(2);
  const config = { timezone: ZONE };

  const bluetooth = (model: string, prefix: string, cadenceSeconds: number): void =>
    void devices.push({
      id: `${prefix}-${short}`,
      site: resident.site,
      model,
      identifiers: [macOf(`${prefix}-${short}`)],
      config,
      cadenceSeconds,
      assignedTo: { resident: resident.id, since: SINCE },
    });
  const zigbee = (
    model: string,
    name: string,
    { about, config: more = {} }: { about: 'person' | 'place'; config?: ProvisionedDevice['config'] },
  ): void =>
    void devices.push({
      id: `${name}-${short}`,
      site: resident.site,
      model,
      identifiers: [home ? `${resident.room}/${name}` : `ch${resident.room}/${name}`],
      config: { ...config, ...more },
      cadenceSeconds: HOUR,
      assignedTo: about === 'person' ? { resident: resident.id, since: SINCE } : { room: resident.room, since: SINCE },
    });

  bluetooth('pulse-oximeter', 'ox', 12 * HOUR);
  bluetooth('blood-pressure-monitor', 'pa', 24 * HOUR);
  bluetooth('thermometer', 'th', 24 * HOUR);
  if (conditions.has('heart_failure') || home) bluetooth('scale', 'ba', 24 * HOUR);
  if (conditions.has('diabetes')) bluetooth('glucometer', 'gl', 24 * HOUR);
  if (isMonitored(index, home)) {
    const id = `mo-${short}`;
    devices.push({
      id,
      site: resident.site,
      model: 'wearable',
      identifiers: [id],
      username: id,
      password: secret(seed, id),
      config,
      cadenceSeconds: 10,
      assignedTo: { resident: resident.id, since: SINCE },
    });
  }
  zigbee('sos-button', 'bouton-sos', { about: 'person', config: { role: 'sos_button' } });
  zigbee('door-contact', 'porte', { about: 'place' });
  zigbee('motion-sensor', 'mouvement', { about: 'place' });
  zigbee('room-climate', 'climat', { about: 'place' });
  if (home || index % 2 === 0)
    zigbee('bed-pad', 'tapis-lit', {
      about: 'person',
      config: { deviceModel: 'SPM915', contactFalseMeans: index % 4 === 0 ? 'bed_empty' : 'bed_occupied' },
    });
  if (home || index % 3 === 0) zigbee('fall-radar', 'radar', { about: 'person', config: { deviceModel: 'FDS315' } });
  if (home) zigbee('water-leak', 'fuite', { about: 'place' });
  return devices;
};

/** Every third resident of the EHPAD and every second home wears a monitor. */
const isMonitored = (index: number, home: boolean): boolean => (home ? index % 2 === 0 : index % 3 === 2);

const ehpad = (rooms: number): ProvisionedSite => {
  let next = 1;
  const units = UNITS.map(({ id, name, share }, index) => {
    const left = rooms - next + 1;
    const count = index === UNITS.length - 1 ? left : Math.min(left, Math.round(rooms * share));
    const numbers = Array.from({ length: count }, () => two(next++));
    return { id, name, rooms: numbers };
  }).filter((unit) => unit.rooms.length > 0);
  return { id: DEMO_SITE, name: 'EHPAD Les Mirabelles', kind: 'ehpad', timezone: ZONE, units };
};

const home = (number: number): ProvisionedSite => ({
  id: `domicile-${two(number)}`,
  name: `Domicile ${two(number)}`,
  kind: 'home',
  timezone: ZONE,
  units: [{ id: 'logement', name: 'Logement', rooms: ['chambre'] }],
});

/**
 * The demonstration: an EHPAD of three units and a handful of homes, all of it invented. The same seed gives the same
 * file. Passwords of devices and boxes derive from the seed: for demonstrations on loopback only.
 */
export const demoProvisioning = ({ seed, residents: count = 40, homes = 10 }: DemoOptions): Provisioning => {
  const building = ehpad(count);
  const sites = [building, ...Array.from({ length: homes }, (_, index) => home(index + 1))];
  const residents: ProvisionedResident[] = [];
  for (const site of sites)
    for (const unit of site.units)
      for (const room of unit.rooms) {
        const index = residents.length;
        const id = `r-${String(site === building ? index + 1 : index - count + 101).padStart(3, '0')}`;
        residents.push({ id, site: site.id, unit: unit.id, room, ...identityOf(seed, index), spo2Scale: 1 });
      }
  const boxes = sites.flatMap((site): ProvisionedBox[] => {
    const ids = site === building ? site.units.map((unit) => `box-${unit.id}`) : [`box-${site.id}`];
    return ids.map((id) => ({ id, site: site.id, username: id, password: secret(seed, id) }));
  });
  const everywhere = sites.map((site) => site.id);
  return {
    sites,
    residents,
    boxes,
    devices: residents.flatMap((resident, index) => devicesOf(seed, resident, index)),
    users: STAFF.map((member) => ({ ...member, sites: everywhere, password: DEMO_PASSWORD })),
  };
};
