/** The programs that make up Vigie; `vigie start` without a name starts all of them in one process. */
export const ROLE_NAMES = ['broker', 'gateway', 'web'] as const;
export type RoleName = (typeof ROLE_NAMES)[number];

export const isRole = (name: string): name is RoleName => (ROLE_NAMES as readonly string[]).includes(name);
