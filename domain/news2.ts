/** National Early Warning Score 2 (Royal College of Physicians, 2017, chart 1). Adults of 16 and over, not pregnancy. */

export type Consciousness = 'A' | 'C' | 'V' | 'P' | 'U';

/** Canonical units of the metric table: /min, %, mmHg, Cel. What was not measured is undefined, never imputed. */
export interface News2Input {
  readonly respiratoryRate?: number | undefined;
  readonly spo2?: number | undefined;
  /** Scale 2 only when prescribed for hypercapnic respiratory failure; undefined = 1. */
  readonly spo2Scale?: 1 | 2 | undefined;
  readonly supplementalOxygen?: boolean | undefined;
  readonly systolicBp?: number | undefined;
  readonly pulse?: number | undefined;
  readonly consciousness?: Consciousness | undefined;
  readonly temperature?: number | undefined;
}

export const NEWS2_PARAMETERS = [
  'respiratoryRate',
  'spo2',
  'supplementalOxygen',
  'systolicBp',
  'pulse',
  'consciousness',
  'temperature',
] as const;
export type News2Parameter = (typeof NEWS2_PARAMETERS)[number];
export type News2Risk = 'low' | 'low-medium' | 'medium' | 'high';

export interface News2 {
  /** 0–20; null unless all seven parameters are known: a partial total is never a score. */
  readonly score: number | null;
  /** Sum of the parameters that are known. */
  readonly partial: number;
  readonly risk: News2Risk | null;
  /** Points of each known parameter. */
  readonly parts: Readonly<Partial<Record<News2Parameter, number>>>;
  readonly missing: readonly News2Parameter[];
}

type Points = 0 | 1 | 2 | 3;
/** Ascending bands: the first whose upper bound (included) is not below the value gives the points. */
type Bands = readonly (readonly [upTo: number, points: Points])[];

// prettier-ignore
const BANDS = {
  respiratoryRate: [[8, 3], [11, 1], [20, 0], [24, 2], [Infinity, 3]],
  spo2Scale1: [[91, 3], [93, 2], [95, 1], [Infinity, 0]],
  spo2Scale2OnAir: [[83, 3], [85, 2], [87, 1], [Infinity, 0]],
  spo2Scale2OnOxygen: [[83, 3], [85, 2], [87, 1], [92, 0], [94, 1], [96, 2], [Infinity, 3]],
  systolicBp: [[90, 3], [100, 2], [110, 1], [219, 0], [Infinity, 3]],
  pulse: [[40, 3], [50, 1], [90, 0], [110, 1], [130, 2], [Infinity, 3]],
  /** Tenths of a degree: the published bounds have one decimal. */
  temperatureTenths: [[350, 3], [360, 1], [380, 0], [390, 1], [Infinity, 2]],
} as const satisfies Record<string, Bands>;

const points = (bands: Bands, value: number): Points => bands.find(([upTo]) => value <= upTo)?.[1] ?? 0;

/** NEWS2 inputs are integers: measured values are rounded before banding. NaN counts as not measured. */
const banded = (bands: Bands, value: number | undefined): Points | undefined =>
  value === undefined || Number.isNaN(value) ? undefined : points(bands, Math.round(value));

/** On scale 2 the points above 92 % depend on oxygen: while that is unknown they are too, though SpO₂ is not missing. */
const spo2Points = ({ spo2, spo2Scale = 1, supplementalOxygen }: News2Input): Points | undefined => {
  if (spo2 === undefined || Number.isNaN(spo2)) return undefined;
  if (spo2Scale === 1) return banded(BANDS.spo2Scale1, spo2);
  if (supplementalOxygen === undefined && Math.round(spo2) > 92) return undefined;
  return banded(supplementalOxygen ? BANDS.spo2Scale2OnOxygen : BANDS.spo2Scale2OnAir, spo2);
};

const partsOf = (input: News2Input): Readonly<Record<News2Parameter, Points | undefined>> => ({
  respiratoryRate: banded(BANDS.respiratoryRate, input.respiratoryRate),
  spo2: spo2Points(input),
  supplementalOxygen: input.supplementalOxygen === undefined ? undefined : input.supplementalOxygen ? 2 : 0,
  systolicBp: banded(BANDS.systolicBp, input.systolicBp),
  pulse: banded(BANDS.pulse, input.pulse),
  consciousness: input.consciousness === undefined ? undefined : input.consciousness === 'A' ? 0 : 3,
  temperature:
    input.temperature === undefined
      ? undefined
      : banded(BANDS.temperatureTenths, Number((input.temperature * 10).toPrecision(12))),
});

const riskOf = (score: number, anyThree: boolean): News2Risk => {
  if (score >= 7) return 'high';
  if (score >= 5) return 'medium';
  return anyThree ? 'low-medium' : 'low';
};

/** The score of one complete set of observations; incomplete sets give null and say what is missing. */
export const news2 = (input: News2Input): News2 => {
  const all = partsOf(input);
  const parts: Partial<Record<News2Parameter, number>> = {};
  const missing: News2Parameter[] = [];
  let partial = 0;
  for (const name of NEWS2_PARAMETERS) {
    const value = all[name];
    if (value !== undefined) {
      parts[name] = value;
      partial += value;
    } else if (input[name] === undefined || Number.isNaN(input[name])) missing.push(name);
  }
  const complete = missing.length === 0;
  const anyThree = Object.values(parts).includes(3);
  return {
    score: complete ? partial : null,
    partial,
    risk: complete ? riskOf(partial, anyThree) : null,
    parts,
    missing,
  };
};
