import { z } from 'zod';
import type { Codec } from '../gateway/codecs/codec.js';
import { routeTopic } from '../gateway/route.js';
import type { DeviceFormats } from '../web/server/device-formats.js';

/** The codecs, as far as a technician's form needs them. */
export const deviceFormats = (codecs: readonly Codec[]): DeviceFormats => {
  const schemaOf = (format: string): z.ZodType | undefined => codecs.find(({ name }) => name === format)?.configSchema;
  return {
    formatOf(topic) {
      const route = routeTopic(codecs, topic);
      return route === null || route === 'ignored' ? null : route.codec.name;
    },
    forms: () =>
      codecs.flatMap(({ name, configSchema }) =>
        configSchema
          ? [{ format: name, schema: z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) }]
          : [],
      ),
    faults(format, config) {
      const result = schemaOf(format)?.safeParse(config);
      if (!result || result.success) return [];
      return result.error.issues.map(({ path, message }) => `config.${path.join('.')}: ${message}`);
    },
  };
};
