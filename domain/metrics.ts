/**
 * THE table of what Vigie measures. Every other list of metrics, units, codes or limits is derived from it.
 *
 * - `unit`: canonical UCUM code; every stored value is in this unit.
 * - `limits`: physical hard limits, both ends included; a value outside is not a reading at all (never a clinical threshold).
 * - `suspect`: plausible range; a value outside asks for a repeat, and rings like any other: it may be true.
 * - `loinc`: FHIR R4 vital-signs "magic" code where one exists; `mdc`: ISO/IEEE 11073-10101 code (partition × 65536 + term).
 * - `about`: whom or what the value describes; decides where it is shown and whether it needs a resident.
 */
interface MetricBase {
  readonly unit: string;
  readonly decimals: number;
  readonly about: 'person' | 'place' | 'device';
  readonly loinc?: string;
  readonly mdc?: number;
  readonly label: { readonly fr: string; readonly en: string };
}
export interface NumericMetric extends MetricBase {
  readonly kind: 'number';
  readonly limits: readonly [low: number, high: number];
  readonly suspect?: readonly [low: number, high: number];
}
export interface BooleanMetric extends MetricBase {
  readonly kind: 'boolean';
}
export type MetricDefinition = NumericMetric | BooleanMetric;

const event = (about: MetricBase['about'], fr: string, en: string, mdc?: number): BooleanMetric => ({
  kind: 'boolean',
  unit: '1',
  decimals: 0,
  about,
  label: { fr, en },
  ...(mdc === undefined ? {} : { mdc }),
});

export const METRICS = {
  heart_rate: {
    kind: 'number',
    unit: '/min',
    limits: [20, 300],
    suspect: [30, 220],
    decimals: 0,
    about: 'person',
    loinc: '8867-4',
    mdc: 147842,
    label: { fr: 'Fréquence cardiaque', en: 'Heart rate' },
  },
  pulse_rate: {
    kind: 'number',
    unit: '/min',
    limits: [20, 300],
    suspect: [30, 220],
    decimals: 0,
    about: 'person',
    loinc: '8867-4',
    mdc: 149530,
    label: { fr: 'Pouls', en: 'Pulse' },
  },
  spo2: {
    kind: 'number',
    unit: '%',
    limits: [50, 100],
    suspect: [70, 100],
    decimals: 0,
    about: 'person',
    loinc: '2708-6',
    mdc: 150456,
    label: { fr: 'SpO₂', en: 'SpO₂' },
  },
  perfusion_index: {
    kind: 'number',
    unit: '%',
    limits: [0, 30],
    decimals: 1,
    about: 'person',
    loinc: '61006-3',
    mdc: 150488,
    label: { fr: 'Index de perfusion', en: 'Perfusion index' },
  },
  systolic_bp: {
    kind: 'number',
    unit: 'mm[Hg]',
    limits: [40, 300],
    suspect: [60, 250],
    decimals: 0,
    about: 'person',
    loinc: '8480-6',
    mdc: 150021,
    label: { fr: 'Tension systolique', en: 'Systolic pressure' },
  },
  diastolic_bp: {
    kind: 'number',
    unit: 'mm[Hg]',
    limits: [20, 200],
    suspect: [30, 150],
    decimals: 0,
    about: 'person',
    loinc: '8462-4',
    mdc: 150022,
    label: { fr: 'Tension diastolique', en: 'Diastolic pressure' },
  },
  mean_bp: {
    kind: 'number',
    unit: 'mm[Hg]',
    limits: [25, 250],
    decimals: 0,
    about: 'person',
    loinc: '8478-0',
    mdc: 150023,
    label: { fr: 'Tension moyenne', en: 'Mean pressure' },
  },
  body_temperature: {
    kind: 'number',
    unit: 'Cel',
    limits: [25, 45],
    suspect: [33, 42.5],
    decimals: 1,
    about: 'person',
    loinc: '8310-5',
    mdc: 150364,
    label: { fr: 'Température', en: 'Temperature' },
  },
  respiratory_rate: {
    kind: 'number',
    unit: '/min',
    limits: [3, 80],
    suspect: [6, 50],
    decimals: 0,
    about: 'person',
    loinc: '9279-1',
    mdc: 151562,
    label: { fr: 'Fréquence respiratoire', en: 'Respiratory rate' },
  },
  glucose: {
    kind: 'number',
    unit: 'mg/dL',
    limits: [10, 1000],
    suspect: [30, 600],
    decimals: 0,
    about: 'person',
    loinc: '2345-7',
    mdc: 160184,
    label: { fr: 'Glycémie', en: 'Glucose' },
  },
  body_weight: {
    kind: 'number',
    unit: 'kg',
    limits: [20, 350],
    decimals: 1,
    about: 'person',
    loinc: '29463-7',
    mdc: 188736,
    label: { fr: 'Poids', en: 'Weight' },
  },
  body_fat: {
    kind: 'number',
    unit: '%',
    limits: [2, 75],
    decimals: 1,
    about: 'person',
    loinc: '41982-0',
    mdc: 188748,
    label: { fr: 'Masse grasse', en: 'Body fat' },
  },
  bmi: {
    kind: 'number',
    unit: 'kg/m2',
    limits: [8, 90],
    decimals: 1,
    about: 'person',
    loinc: '39156-5',
    mdc: 188752,
    label: { fr: 'IMC', en: 'BMI' },
  },
  body_height: {
    kind: 'number',
    unit: 'm',
    limits: [0.5, 2.5],
    decimals: 2,
    about: 'person',
    loinc: '8302-2',
    mdc: 188740,
    label: { fr: 'Taille', en: 'Height' },
  },
  steps: {
    kind: 'number',
    unit: '1',
    limits: [0, 200_000],
    suspect: [0, 40_000],
    decimals: 0,
    about: 'person',
    loinc: '41950-7',
    mdc: 8454247,
    label: { fr: 'Pas', en: 'Steps' },
  },
  irregular_pulse: event('person', 'Pouls irrégulier', 'Irregular pulse'),
  fall: event('person', 'Chute', 'Fall', 8519681),
  sos: event('person', 'Appel SOS', 'SOS call', 8519682),
  bed_occupancy: event('person', 'Au lit', 'In bed', 8519691),
  motion: event('place', 'Mouvement', 'Motion', 8519687),
  presence: event('place', 'Présence', 'Presence'),
  door_open: event('place', 'Porte ouverte', 'Door open', 8519690),
  smoke: event('place', 'Fumée', 'Smoke', 8519683),
  water_leak: event('place', 'Fuite d’eau', 'Water leak', 8519685),
  ambient_temperature: {
    kind: 'number',
    unit: 'Cel',
    limits: [-40, 85],
    suspect: [5, 45],
    decimals: 1,
    about: 'place',
    loinc: '60832-3',
    label: { fr: 'Température de la pièce', en: 'Room temperature' },
  },
  ambient_humidity: {
    kind: 'number',
    unit: '%',
    limits: [0, 100],
    decimals: 0,
    about: 'place',
    label: { fr: 'Humidité de la pièce', en: 'Room humidity' },
  },
  co2: {
    kind: 'number',
    unit: '[ppm]',
    limits: [0, 10_000],
    decimals: 0,
    about: 'place',
    label: { fr: 'CO₂', en: 'CO₂' },
  },
  tamper: event('device', 'Capteur ouvert ou arraché', 'Tamper'),
  battery_low: event('device', 'Pile faible', 'Battery low'),
  device_online: event('device', 'Appareil joignable', 'Device online'),
  battery_level: {
    kind: 'number',
    unit: '%',
    limits: [0, 100],
    decimals: 0,
    about: 'device',
    mdc: 67996,
    label: { fr: 'Pile', en: 'Battery' },
  },
} as const satisfies Record<string, MetricDefinition>;

export type Metric = keyof typeof METRICS;
export const METRIC_NAMES = Object.keys(METRICS) as Metric[];

/** True for a name of the table; own keys only, so `__proto__` or `constructor` from a payload never match. */
export const isMetric = (name: string): name is Metric => Object.hasOwn(METRICS, name);

/** The row of the table, widened so that callers can switch on `kind`. */
export const metricDefinition = (metric: Metric): MetricDefinition => METRICS[metric];
