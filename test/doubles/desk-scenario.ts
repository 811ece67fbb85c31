/** The people and alerts of the desk's reference picture, as the server would send them. Invented, all of them. */
import type { Metric } from '../../domain/metrics.js';
import { metricDefinition } from '../../domain/metrics.js';
import { HOUR, type Millis, MINUTE, SECOND, toIso } from '../../domain/time.js';
import type { AlertView, LatestReading, ResidentView, SiteView, VitalsOf } from '../../web/protocol.js';

export const SITES: readonly SiteView[] = [
  {
    id: 'les-mirabelles',
    name: 'EHPAD Les Mirabelles',
    kind: 'ehpad',
    timezone: 'Europe/Paris',
    units: [
      { id: 'rdj', name: 'Rez-de-jardin', rooms: [] },
      { id: 'etage', name: 'Étage', rooms: [] },
      { id: 'up', name: 'Unité protégée', rooms: [] },
    ],
  },
  { id: 'chez-capucine', name: 'Mme Capucine, 3 rue des Prés', kind: 'home', timezone: 'Europe/Paris', units: [] },
];

type Row = readonly [
  room: string,
  sex: 'female' | 'male',
  family: string,
  spo2: number | null,
  pulse: number | null,
  bp: readonly [number, number],
  temperature: number,
  rr: number | null,
  minutes: number,
];

const ROWS: readonly Row[] = [
  ['12', 'female', 'Dahlia', 87, 104, [118, 66], 37.9, 22, 0.67],
  ['07', 'male', 'Bouleau', 95, 92, [142, 78], 36.6, 18, 2],
  ['21', 'female', 'Glycine', 94, 71, [131, 72], 36.8, null, 130],
  ['18', 'female', 'Mimosa', 94, 124, [128, 70], 37.2, 20, 1],
  ['03', 'male', 'Chêne', 96, 98, [126, 68], 38.4, 19, 3],
  ['05', 'female', 'Lavande', 93, 78, [138, 74], 36.5, null, 182],
  ['14', 'male', 'Tilleul', 95, 84, [168, 94], 36.7, null, 72],
  ['09', 'female', 'Pervenche', 97, 69, [129, 71], 36.4, null, 90],
  ['01', 'female', 'Campanule', 96, 74, [134, 76], 36.6, 16, 2],
  ['02', 'female', 'Bruyère', 97, 66, [121, 67], 36.3, 15, 1],
  ['04', 'male', 'Charme', 92, 81, [144, 79], 36.5, 17, 2],
  ['06', 'female', 'Myosotis', 98, 72, [117, 64], 36.6, null, 320],
  ['08', 'female', 'Églantine', null, null, [125, 70], 36.6, null, 900],
  ['10', 'female', 'Aubépine', 95, 77, [139, 75], 36.6, 16, 3],
  ['11', 'male', 'Sureau', 96, 70, [133, 73], 36.5, null, 320],
  ['13', 'female', 'Jonquille', 95, 80, [127, 70], 36.7, 17, 1],
  ['15', 'male', 'Frêne', 94, 76, [136, 77], 36.4, 16, 2],
  ['16', 'female', 'Violette', 96, 82, [124, 69], 36.8, 18, 1],
  ['17', 'female', 'Anémone', 97, 68, [119, 66], 36.5, 15, 3],
  ['19', 'male', 'Orme', 95, 73, [141, 80], 36.6, 17, 2],
  ['20', 'female', 'Iris', 96, 79, [130, 72], 36.7, 16, 1],
  ['22', 'male', 'Genêt', 93, 85, [145, 82], 36.9, 19, 2],
  ['23', 'female', 'Pivoine', 98, 64, [116, 63], 36.4, 14, 1],
  ['24', 'male', 'Houx', 96, 75, [132, 74], 36.6, 16, 2],
];

export const RESIDENTS: readonly ResidentView[] = [
  ...ROWS.map(([room, sex, family], index): ResidentView => ({
    id: `r-${room}`,
    site: 'les-mirabelles',
    unit: index < 8 ? 'rdj' : index < 17 ? 'etage' : 'up',
    room,
    family,
    given: 'Rose',
    birthDate: '1938-05-02',
    sex,
    spo2Scale: 1,
  })),
  {
    id: 'r-capucine',
    site: 'chez-capucine',
    unit: null,
    room: null,
    family: 'Capucine',
    given: 'Rose',
    birthDate: null,
    sex: 'female',
    spo2Scale: 1,
  },
];

const STALE_AFTER: Partial<Record<Metric, Millis>> = { spo2: 15 * MINUTE, pulse_rate: 15 * MINUTE };

/** A reading of so long ago, with its staleness. */
export const readingOf = (
  metric: Metric,
  value: number,
  age: Millis,
  now: number,
  staleAfter?: Millis,
): LatestReading => {
  const time = toIso(now - age);
  const staleAt = now - age + (staleAfter ?? STALE_AFTER[metric] ?? 24 * HOUR);
  return {
    metric,
    value,
    unit: metricDefinition(metric).unit,
    time,
    receivedAt: time,
    quality: 'good',
    stale: staleAt <= now,
    staleAt: toIso(staleAt),
  };
};

const news2 = (rr: number | null, spo2: number | null): VitalsOf['news2'] => {
  const missing = ['consciousness', 'supplementalOxygen', ...(rr === null ? ['respiratoryRate'] : [])];
  if (rr !== null && spo2 !== null)
    return {
      score: spo2 < 90 ? 6 : spo2 < 94 ? 3 : spo2 < 96 ? 2 : 0,
      risk: spo2 < 90 ? 'medium' : spo2 < 94 ? 'low-medium' : 'low',
      missing: [],
      parts: {
        respiratoryRate: rr > 20 ? 2 : 0,
        spo2: spo2 < 90 ? 3 : spo2 < 96 ? 1 : 0,
        supplementalOxygen: 0,
        systolicBp: 0,
        pulse: spo2 < 96 ? 1 : 0,
        consciousness: 0,
        temperature: 0,
      },
    };
  return { score: null, risk: null, missing: spo2 === null ? [...missing, 'spo2', 'pulse'] : missing };
};

export const vitalsAt = (now: number): VitalsOf[] =>
  ROWS.map(([room, , , spo2, pulse, [systolic, diastolic], temperature, rr, minutes]) => {
    const age = minutes * MINUTE;
    const continuous = minutes < 5 || minutes === 130;
    const stale = continuous ? undefined : 24 * HOUR;
    const spot = 5 * HOUR + 48 * MINUTE;
    return {
      resident: `r-${room}`,
      readings: [
        ...(spo2 === null ? [] : [readingOf('spo2', spo2, age, now, stale)]),
        ...(pulse === null ? [] : [readingOf('pulse_rate', pulse, age, now, stale)]),
        readingOf('systolic_bp', systolic, spot, now),
        readingOf('diastolic_bp', diastolic, spot, now),
        readingOf('body_temperature', temperature, spot + 20 * MINUTE, now),
        ...(rr === null ? [] : [readingOf('respiratory_rate', rr, age + 10 * SECOND, now, HOUR)]),
      ],
      news2: news2(rr, spo2) as NonNullable<VitalsOf['news2']>,
    };
  });

interface AlertSeed extends Partial<AlertView> {
  readonly id: string;
  readonly message: { fr: string; en: string };
}

const seeds = (now: number): (AlertSeed & { room: string | null; ago: Millis; limit?: number; value?: number })[] => [
  {
    id: 'a12',
    room: '12',
    ago: 6 * MINUTE,
    priority: 'high',
    metric: 'spo2',
    direction: 'low',
    value: 87,
    limit: 90,
    message: { fr: 'SpO₂ 87 % < 90 %', en: 'SpO₂ 87% < 90%' },
  },
  {
    id: 'a07',
    room: '07',
    ago: 8 * MINUTE,
    priority: 'high',
    category: 'safety',
    rule: 'fall',
    metric: 'fall',
    direction: 'event',
    workflow: 'claimed',
    signal: 'ack',
    owner: { username: 'ines', name: 'Inès Rossignol', since: toIso(now - 432 * SECOND) },
    message: { fr: 'Chute détectée', en: 'Fall detected' },
  },
  {
    id: 'a21',
    room: '21',
    ago: 130 * MINUTE,
    priority: 'medium',
    category: 'technical',
    rule: 'monitoring-lost',
    direction: 'event',
    message: { fr: 'SpO₂, pouls : rien reçu', en: 'SpO₂, pulse: nothing received' },
  },
  {
    id: 'a18',
    room: '18',
    ago: 12 * MINUTE,
    priority: 'medium',
    metric: 'pulse_rate',
    direction: 'high',
    value: 124,
    limit: 110,
    message: { fr: 'Pouls 124 > 110 /min', en: 'Pulse 124 > 110 /min' },
  },
  {
    id: 'a05',
    room: '05',
    ago: 182 * MINUTE,
    priority: 'low',
    rule: 'weight-trend',
    metric: 'body_weight',
    direction: 'high',
    message: { fr: 'Poids +1,9 kg / 3 jours', en: 'Weight +1.9 kg / 3 days' },
  },
  {
    id: 'a03',
    room: '03',
    ago: 40 * MINUTE,
    priority: 'medium',
    metric: 'body_temperature',
    direction: 'high',
    value: 38.4,
    limit: 38,
    workflow: 'snoozed',
    signal: 'ack',
    snoozedUntil: toIso(now + 18 * MINUTE + 20 * SECOND),
    owner: { username: 'karim', name: 'Karim Loriot', since: toIso(now - 12 * MINUTE) },
    message: { fr: 'T° 38,4 °C > 38,0 °C', en: 'Temp. 38.4 °C > 38.0 °C' },
  },
  {
    id: 'a14',
    room: '14',
    ago: 12 * MINUTE,
    priority: 'low',
    category: 'measure_due',
    metric: 'systolic_bp',
    direction: 'event',
    message: { fr: 'tension à refaire, 168/94', en: 'blood pressure to repeat, 168/94' },
  },
  {
    id: 'a16',
    room: '16',
    ago: 90 * MINUTE,
    priority: 'low',
    category: 'technical',
    rule: 'battery',
    device: 'ox-0412',
    metric: 'battery_level',
    direction: 'low',
    message: { fr: 'oxymètre, batterie 6 %', en: 'oximeter, battery 6%' },
  },
];

/** Every open alert of the picture, as of `now`. */
export const alertsAt = (now: number): AlertView[] =>
  seeds(now).map(({ ago, limit, value, room, ...seed }) => {
    const resident = RESIDENTS.find((one) => one.room === room) ?? null;
    const metric = seed.metric ?? null;
    return {
      site: 'les-mirabelles',
      resident: resident && {
        id: resident.id,
        family: resident.family,
        given: resident.given,
        room: resident.room,
        unit: resident.unit,
      },
      room,
      device: null,
      rule: 'threshold',
      priority: 'medium',
      category: 'clinical',
      direction: 'high',
      condition: 'active',
      signal: 'on',
      workflow: 'open',
      owner: null,
      snoozedUntil: null,
      escalation: { level: seed.priority === 'high' ? 2 : 0, nextStepAt: null },
      evidence:
        metric === null || value === undefined
          ? []
          : [{ reading: `rd-${seed.id}`, metric, value, limit: limit ?? null, time: toIso(now - 40 * SECOND) }],
      startedAt: toIso(now - ago),
      endedAt: null,
      closedAt: null,
      outcome: null,
      note: null,
      version: 1,
      ...seed,
      metric,
    } satisfies AlertView;
  });
