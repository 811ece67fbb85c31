import type { Site } from '../../domain/site.js';
import { canonicalIdentifier } from './identifiers.js';
import type { Provisioning } from './provision-schema.js';

/** What the store knows already and the file may refer to. */
export interface Known {
  readonly sites: ReadonlyMap<string, Site>;
  /** Site of each resident. */
  readonly residents: ReadonlyMap<string, string>;
  /** Site of each device. */
  readonly devices: ReadonlyMap<string, string>;
  /** Devices that somebody has now. */
  readonly assigned: ReadonlySet<string>;
  /** `device:{id}` or `box:{id}` by MQTT username. */
  readonly usernames: ReadonlyMap<string, string>;
  /** Device by `{site}\n{canonical identifier}`. */
  readonly identifiers: ReadonlyMap<string, string>;
  readonly users: ReadonlySet<string>;
}

type Report = (path: string, problem: string) => void;

/** Reports every key that stands twice. */
const unique = (report: Report, keys: readonly (readonly [path: string, key: string])[], what: string): void => {
  const first = new Map<string, string>();
  for (const [path, key] of keys) {
    const other = first.get(key);
    if (other === undefined) first.set(key, path);
    else report(path, `expected a ${what} of its own, got that of ${other}`);
  }
};

const checkPlace = (report: Report, site: Site, place: { unit: string | null; room: string | null }, path: string) => {
  const unit = site.units.find(({ id }) => id === place.unit);
  if (place.unit !== null && !unit) {
    report(`${path}.unit`, `expected a unit of site ${site.id}, got ${place.unit}`);
    return;
  }
  // A home without units has whatever rooms are named; elsewhere a room that is not listed is a mistake.
  const rooms = unit ? unit.rooms : site.units.flatMap((each) => each.rooms);
  if (place.room === null || (!unit && rooms.length === 0)) return;
  if (!rooms.includes(place.room))
    report(`${path}.room`, `expected a room of ${unit ? `unit ${unit.id}` : `site ${site.id}`}, got ${place.room}`);
};

const checkDuplicates = (report: Report, file: Provisioning): void => {
  for (const kind of ['sites', 'residents', 'boxes', 'devices'] as const)
    unique(
      report,
      file[kind].map(({ id }, n) => [`${kind}.${n}.id`, id] as const),
      'id',
    );
  unique(
    report,
    file.users.map(({ username }, n) => [`users.${n}.username`, username] as const),
    'username',
  );
  file.sites.forEach((site, n) =>
    unique(
      report,
      site.units.map(({ id }, u) => [`sites.${n}.units.${u}.id`, id] as const),
      'id',
    ),
  );
  unique(
    report,
    (['boxes', 'devices'] as const).flatMap((kind) =>
      file[kind].flatMap(({ username }, n) =>
        username === undefined ? [] : [[`${kind}.${n}.username`, username] as const],
      ),
    ),
    'MQTT username',
  );
  unique(
    report,
    file.devices.flatMap(({ site, identifiers }, n) =>
      [...new Set(identifiers.map(canonicalIdentifier))].map(
        (identifier) => [`devices.${n}.identifiers`, `${site}\n${identifier}`] as const,
      ),
    ),
    'hardware identifier in its site',
  );
};

/** Every reference of the file that leads nowhere, as `path: expected …`. Names ids only, never a person's name. */
export const checkReferences = (file: Provisioning, known: Known): string[] => {
  const faults: string[] = [];
  const report: Report = (path, problem) => void faults.push(`${path}: ${problem}`);
  checkDuplicates(report, file);

  const sites = new Map<string, Site>([...known.sites, ...file.sites.map((site) => [site.id, site] as const)]);
  const residents = new Map([...known.residents, ...file.residents.map(({ id, site }) => [id, site] as const)]);
  const inFile = new Set(file.devices.map(({ id }) => id));
  const renamed = new Set([
    ...file.devices.flatMap(({ id, username }) => (username === undefined ? [] : [`device:${id}`])),
    ...file.boxes.flatMap(({ id, username }) => (username === undefined ? [] : [`box:${id}`])),
  ]);
  const siteOf = (id: string, path: string): Site | undefined => {
    const site = sites.get(id);
    if (!site) report(path, `expected a site of the file or the store, got ${id}`);
    return site;
  };
  const checkUsername = (username: string | undefined, owner: string, path: string): void => {
    const other = username === undefined ? undefined : known.usernames.get(username);
    if (other !== undefined && other !== owner && !renamed.has(other))
      report(`${path}.username`, `expected an MQTT username of its own, got that of ${other}`);
  };

  file.residents.forEach((resident, n) => {
    const site = siteOf(resident.site, `residents.${n}.site`);
    if (site) checkPlace(report, site, resident, `residents.${n}`);
  });
  file.boxes.forEach((box, n) => {
    siteOf(box.site, `boxes.${n}.site`);
    checkUsername(box.username, `box:${box.id}`, `boxes.${n}`);
  });
  file.devices.forEach((device, n) => {
    const path = `devices.${n}`;
    const site = siteOf(device.site, `${path}.site`);
    checkUsername(device.username, `device:${device.id}`, path);
    for (const identifier of device.identifiers) {
      const other = known.identifiers.get(`${device.site}\n${canonicalIdentifier(identifier)}`);
      // A device of the file gives up what the file does not say it has.
      if (other !== undefined && other !== device.id && !inFile.has(other))
        report(`${path}.identifiers`, `expected identifiers of its own, one is that of device ${other}`);
    }
    const to = device.assignedTo;
    const before = known.devices.get(device.id);
    if (!to && before !== undefined && before !== device.site && known.assigned.has(device.id))
      report(
        `${path}.assignedTo`,
        `expected who has the device in site ${device.site}, since it leaves site ${before}`,
      );
    if (to?.resident !== undefined && residents.get(to.resident) !== device.site)
      report(`${path}.assignedTo.resident`, `expected a resident of site ${device.site}, got ${to.resident}`);
    if (to?.room !== undefined && site) checkPlace(report, site, { unit: null, room: to.room }, `${path}.assignedTo`);
  });
  file.users.forEach((user, n) => {
    user.sites.forEach((site, index) => siteOf(site, `users.${n}.sites.${index}`));
    if (user.password === undefined && !known.users.has(user.username))
      report(`users.${n}.password`, `expected a password, since user ${user.username} is new`);
  });
  return faults;
};
