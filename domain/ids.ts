/** Branded identifiers. All are pseudonymous: none carries or derives from a person's name or INS. */
declare const brand: unique symbol;
type Id<Name extends string> = string & { readonly [brand]: Name };

export type SiteId = Id<'SiteId'>;
export type ResidentId = Id<'ResidentId'>;
export type DeviceId = Id<'DeviceId'>;
export type BoxId = Id<'BoxId'>;
export type ReadingId = Id<'ReadingId'>;
export type AlertId = Id<'AlertId'>;
/** Identifies the message a reading came in; readings of one message share it. */
export type MessageKey = Id<'MessageKey'>;
