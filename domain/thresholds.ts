import { z } from 'zod';
import { isMetric, metricDefinition, type Metric } from './metrics.js';

/**
 * Limits of the threshold rule. A value alerts when it is *beyond* a limit (`value < low`, `value > high`), so that the
 * text « SpO₂ 87 % < 90 % » is what was tested. Null = no such limit.
 */
export const LIMITS = ['criticalLow', 'low', 'high', 'criticalHigh'] as const;
export type Limit = (typeof LIMITS)[number];

/** A breach is believed after so many readings in a row, or when it has lasted (null = by count only). */
export interface Persistence {
  readonly readings: number;
  readonly seconds: number | null;
}
export interface MetricThresholds extends Readonly<Record<Limit, number | null>> {
  /** How far inside the limit a value must be to count as back in range. */
  readonly margin: number;
  readonly confirm: Persistence;
  readonly confirmCritical: Persistence;
  /** How long the values must stay back in range before the alert ends; 0 = the first one is enough. */
  readonly clearSeconds: number;
  /** Measured by hand, now and then: a first outlier asks for a second measurement (« à confirmer »). */
  readonly spot: boolean;
}

const continuous = {
  confirm: { readings: 3, seconds: 60 },
  confirmCritical: { readings: 3, seconds: 60 },
  clearSeconds: 60,
  spot: false,
};
const spot = {
  confirm: { readings: 2, seconds: null },
  confirmCritical: { readings: 1, seconds: null },
  clearSeconds: 0,
  spot: true,
};
const pulse = { criticalLow: 41, low: 50, high: 110, criticalHigh: 130, margin: 5, ...continuous };

/**
 * THE table of default limits, to be approved by the physician in charge before use. Sources: NEWS2 (RCP 2017), bands
 * of 3 points critical and of 2 points « à voir » (integers: ≤ 40 is < 41); otherwise as noted. Persistence, margins
 * and holds are ours.
 */
export const DEFAULT_THRESHOLDS = {
  /** Usual practice: < 92 % act, < 90 % urgent. */
  spo2: { criticalLow: 90, low: 92, high: null, criticalHigh: null, margin: 2, ...continuous },
  /** NEWS2; below 50 usual practice. */
  pulse_rate: pulse,
  heart_rate: pulse,
  /** NEWS2; its 9–11 band (1 point) is common in sleep and does not alert. */
  respiratory_rate: { criticalLow: 9, low: null, high: 20, criticalHigh: 24, margin: 2, ...continuous },
  /** IDSA 2008, long-term care: > 37.8 °C; NEWS2 ≥ 39.1; hypothermia < 35. */
  body_temperature: { criticalLow: 35, low: null, high: 37.8, criticalHigh: 39, margin: 0.3, ...spot },
  /** NEWS2; ≥ 180 repeated: usual practice. */
  systolic_bp: { criticalLow: 91, low: 101, high: 179, criticalHigh: 219, margin: 5, ...spot },
  /** < 50 frhta.org; ≥ 110 repeated: usual practice. */
  diastolic_bp: { criticalLow: null, low: 50, high: 109, criticalHigh: null, margin: 5, ...spot },
  /** ADA: level 1 < 70, level 2 < 54 mg/dL; > 250 usual practice; > 400 ours. */
  glucose: { criticalLow: 54, low: 70, high: 250, criticalHigh: 400, margin: 5, ...spot },
} as const satisfies Partial<Record<Metric, MetricThresholds>>;

export type ThresholdMetric = keyof typeof DEFAULT_THRESHOLDS;
export const THRESHOLD_METRICS = Object.keys(DEFAULT_THRESHOLDS) as ThresholdMetric[];
export type Thresholds = Readonly<Record<ThresholdMetric, MetricThresholds>>;

/** NEWS2 scale 2 (prescribed, target 88–92 %): its own bands, nearer than any site's limits. */
const SCALE_2: ThresholdSettings = { spo2: { criticalLow: 84, low: 88 } };

const persistenceSchema = z.strictObject({
  readings: z.int().min(1).max(100),
  seconds: z.number().min(0).max(86_400).nullable(),
});

const persistenceSettings = persistenceSchema.partial();
type PersistenceSettings = z.infer<typeof persistenceSettings>;

const settingsOf = (metric: ThresholdMetric) => {
  const definition = metricDefinition(metric);
  const [low, high] = definition.kind === 'number' ? definition.limits : [0, 1];
  const limit = z.number().min(low).max(high).nullable();
  return z
    .strictObject({
      criticalLow: limit,
      low: limit,
      high: limit,
      criticalHigh: limit,
      margin: z
        .number()
        .min(0)
        .max((high - low) / 4),
      confirm: persistenceSettings,
      confirmCritical: persistenceSettings,
      clearSeconds: z.number().min(0).max(86_400),
      spot: z.boolean(),
    })
    .partial();
};

const metricSettings = Object.fromEntries(THRESHOLD_METRICS.map((metric) => [metric, settingsOf(metric)])) as Record<
  ThresholdMetric,
  ReturnType<typeof settingsOf>
>;
/** What a site or a resident changes, in canonical units; what is left out is inherited. */
export const thresholdSettingsSchema = z.strictObject(metricSettings).partial();
export type ThresholdSettings = z.infer<typeof thresholdSettingsSchema>;

const merged = (base: MetricThresholds, over: ThresholdSettings[ThresholdMetric]): MetricThresholds => {
  if (!over) return base;
  const { confirm, confirmCritical, ...rest } = over;
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  const persistence = (was: Persistence, now: PersistenceSettings | undefined): Persistence => ({
    readings: now?.readings ?? was.readings,
    seconds: now?.seconds === undefined ? was.seconds : now.seconds,
  });
  return {
    ...base,
    ...given,
    confirm: persistence(base.confirm, confirm),
    confirmCritical: persistence(base.confirmCritical, confirmCritical),
  };
};

/** Defaults with these changes applied, later ones over earlier ones. */
export const withDefaults = (...layers: readonly ThresholdSettings[]): Thresholds =>
  Object.fromEntries(
    THRESHOLD_METRICS.map((metric) => [
      metric,
      layers.reduce<MetricThresholds>((base, layer) => merged(base, layer[metric]), DEFAULT_THRESHOLDS[metric]),
    ]),
  ) as Record<ThresholdMetric, MetricThresholds>;

export type Origin = 'default' | 'site' | 'resident';
export interface EffectiveLimit {
  readonly value: number | null;
  readonly origin: Origin;
}
export type EffectiveThresholds = Readonly<Record<ThresholdMetric, Readonly<Record<Limit, EffectiveLimit>>>>;

/** Setting rows of the key `threshold`: scope (`default`, `site:{id}`, `resident:{id}`) → partial settings. */
export type SettingRows = ReadonlyMap<string, unknown>;
/** Whose limits: scale 2 is prescribed, so it counts as the resident's own. */
export interface ThresholdSubject {
  readonly id: string;
  readonly site: string;
  readonly spo2Scale: 1 | 2;
}

/** The key of the settings table, which is the rule's name. */
export const THRESHOLD_SETTINGS_KEY = 'threshold';

/**
 * Reads stored settings. They are checked when they are saved; should one metric not parse all the same, it changes
 * nothing and the limits below it apply: never no limit.
 */
export const readThresholdSettings = (value: unknown): ThresholdSettings => {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const settings: ThresholdSettings = {};
  for (const metric of THRESHOLD_METRICS) {
    const result = metricSettings[metric].safeParse(given[metric]);
    if (result.success) settings[metric] = result.data;
  }
  return settings;
};

/** The layers over the built-in defaults, farthest first; the nearest wins. */
export const thresholdLayers = (
  settings: SettingRows,
  { id, site, spo2Scale }: ThresholdSubject,
): readonly { readonly origin: Origin; readonly value: ThresholdSettings }[] => [
  { origin: 'default', value: readThresholdSettings(settings.get('default')) },
  { origin: 'site', value: readThresholdSettings(settings.get(`site:${site}`)) },
  ...(spo2Scale === 2 ? [{ origin: 'resident' as const, value: SCALE_2 }] : []),
  { origin: 'resident', value: readThresholdSettings(settings.get(`resident:${id}`)) },
];

const overlaid = (base: ThresholdSettings, over: ThresholdSettings): ThresholdSettings => {
  const settings: ThresholdSettings = { ...base };
  for (const metric of THRESHOLD_METRICS) {
    const [a, b] = [base[metric], over[metric]];
    if (!b) continue;
    settings[metric] = { ...a, ...b };
    if (a?.confirm && b.confirm) settings[metric].confirm = { ...a.confirm, ...b.confirm };
    if (a?.confirmCritical && b.confirmCritical)
      settings[metric].confirmCritical = { ...a.confirmCritical, ...b.confirmCritical };
  }
  return settings;
};

/** What the rule takes as its raw settings for this resident: the layers merged, without the built-in defaults. */
export const thresholdSettings = (settings: SettingRows, subject: ThresholdSubject): ThresholdSettings =>
  thresholdLayers(settings, subject).reduce<ThresholdSettings>((base, { value }) => overlaid(base, value), {});

/** The limits that apply to a resident and where each comes from, for the API and the limits page. */
export const effectiveThresholds = (settings: SettingRows, subject: ThresholdSubject): EffectiveThresholds => {
  const layers = thresholdLayers(settings, subject);
  const limitOf = (metric: ThresholdMetric, limit: Limit): EffectiveLimit => {
    const layer = layers.findLast(({ value }) => value[metric]?.[limit] !== undefined);
    const set = layer?.value[metric]?.[limit];
    return layer && set !== undefined
      ? { value: set, origin: layer.origin }
      : { value: DEFAULT_THRESHOLDS[metric][limit], origin: 'default' };
  };
  return Object.fromEntries(
    THRESHOLD_METRICS.map((metric) => [
      metric,
      Object.fromEntries(LIMITS.map((limit) => [limit, limitOf(metric, limit)])),
    ]),
  ) as Record<ThresholdMetric, Record<Limit, EffectiveLimit>>;
};

/** Metrics whose limits cross (a critical limit inside the ordinary one, low above high): refuse to save them. */
export const crossedThresholds = (effective: EffectiveThresholds): readonly ThresholdMetric[] =>
  THRESHOLD_METRICS.filter((metric) => {
    const values = LIMITS.map((limit) => effective[metric][limit].value).filter((value) => value !== null);
    return values.some((value, index) => index > 0 && value < values[index - 1]!);
  });

export const isThresholdMetric = (name: string): name is ThresholdMetric =>
  isMetric(name) && Object.hasOwn(DEFAULT_THRESHOLDS, name);
