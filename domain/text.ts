import type { Text } from './alert.js';
import { metricDefinition, type Metric } from './metrics.js';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** U+202F, before % ; ? ! and between thousands in French. */
const NARROW_SPACE = '\u202f';
/** U+00A0, between a number and its unit: they stay on one line. */
const NO_BREAK_SPACE = '\u00a0';

/** UCUM code → what is written on screen and paper. Codes that are not listed are written as they are. */
const UNIT_TEXT: Readonly<Record<string, string>> = {
  '1': '',
  Cel: '°C',
  'mm[Hg]': 'mmHg',
  'kg/m2': 'kg/m²',
  '[ppm]': 'ppm',
};

/** A UCUM unit as people read it, e.g. `mm[Hg]` → `mmHg`; empty for the unit one. */
export const unitText = (unit: string): string => UNIT_TEXT[unit] ?? unit;

/** A number with a fixed count of decimals: « 38,5 » or "38.5"; thousands are grouped from 10 000 on. */
export const formatNumber = (value: number, decimals: number, language: Language): string => {
  const text = value.toFixed(decimals);
  const [whole = '', fraction] = (Number(text) === 0 ? text.replace('-', '') : text).split('.');
  const grouped = whole.length < 5 ? whole : whole.replace(/\B(?=(\d{3})+$)/g, language === 'fr' ? NARROW_SPACE : ',');
  return fraction === undefined ? grouped : `${grouped}${language === 'fr' ? ',' : '.'}${fraction}`;
};

const withUnit = (number: string, unit: string, language: Language): string => {
  const text = unitText(unit);
  if (text === '') return number;
  if (text === '%') return language === 'fr' ? `${number}${NARROW_SPACE}%` : `${number}%`;
  return `${number}${NO_BREAK_SPACE}${text}`;
};

/** A value of a metric in its canonical unit, e.g. « 87 % », « 38,5 °C », « oui ». */
export const formatValue = (metric: Metric, value: number | boolean, language: Language): string => {
  const definition = metricDefinition(metric);
  if (typeof value === 'boolean') return language === 'fr' ? (value ? 'oui' : 'non') : value ? 'yes' : 'no';
  return withUnit(formatNumber(value, definition.decimals, language), definition.unit, language);
};

/** How many decimals beyond the metric's own are shown at most to tell a value from its limit. */
const EXTRA_DECIMALS = 3;

/**
 * A crossed limit, measured then limit (product anchors §b.6): « SpO₂ 87 % < 90 % », « Pouls 132 > 110 /min ».
 * Decimals are added until the value is seen to be beyond the limit: never « 90 % < 90 % ».
 */
export const crossingText = (metric: Metric, value: number, limit: number): Text => {
  const { unit, decimals, label } = metricDefinition(metric);
  let shown = decimals;
  while (shown < decimals + EXTRA_DECIMALS && value.toFixed(shown) === limit.toFixed(shown)) shown += 1;
  const write = (language: Language): string => {
    const measured = formatNumber(value, shown, language);
    const left = unit === '%' ? withUnit(measured, unit, language) : measured;
    const right = withUnit(formatNumber(limit, shown, language), unit, language);
    return `${label[language]} ${left} ${value < limit ? '<' : '>'} ${right}`;
  };
  return { fr: write('fr'), en: write('en') };
};
