/** What the gateway's codecs say about configuration; handed in by `cli`, for web does not know codecs. */
export interface DeviceFormats {
  /** The format a topic belongs to; null = unknown. */
  formatOf(topic: string): string | null;
  /** JSON Schema of each format's configuration: shown as a form. */
  forms(): readonly { readonly format: string; readonly schema: object }[];
  /** What the format finds wrong with a configuration, as `path: expected …`. */
  faults(format: string, config: unknown): readonly string[];
}

export const NO_FORMATS: DeviceFormats = { formatOf: () => null, forms: () => [], faults: () => [] };
