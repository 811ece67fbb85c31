export const ROLES = ['aide', 'nurse', 'physician', 'technician', 'admin', 'display'] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = [
  'residents.read',
  'readings.read',
  'readings.write',
  'alerts.read',
  'alerts.act',
  'thresholds.write',
  'devices.read',
  'devices.write',
  'quarantine.read',
  'users.write',
  'audit.read',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const care: readonly Permission[] = ['residents.read', 'readings.read', 'readings.write', 'alerts.read', 'alerts.act'];

/** Default deny: what is not listed is refused. `display` sees alerts without names (the server strips them). */
export const GRANTS: Record<Role, readonly Permission[]> = {
  aide: care,
  nurse: [...care, 'thresholds.write', 'devices.read'],
  physician: [...care, 'thresholds.write'],
  technician: ['devices.read', 'devices.write', 'quarantine.read'],
  admin: PERMISSIONS,
  display: ['alerts.read'],
};

/** A person who is signed in. `sites` is the complete list of sites they may see; empty means none. */
export interface Principal {
  readonly username: string;
  readonly name: string;
  readonly role: Role;
  readonly sites: readonly string[];
}

export const can = (principal: Principal, permission: Permission): boolean =>
  GRANTS[principal.role].includes(permission);
export const maySee = (principal: Principal, site: string): boolean => principal.sites.includes(site);
