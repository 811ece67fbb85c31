/** The strokes of a chart, in canvas pixels. Colours are the tokens of the page. */
import type { EpochMillis } from '../../../../domain/time.js';
import type { Gap, Limits } from '../../state/history.js';

export interface NamedGap extends Gap {
  readonly label: string;
}

const TOKENS = {
  ink: '--ink',
  ink2: '--ink-2',
  ink3: '--ink-3',
  plot: '--plot',
  grid: '--grid',
  gap: '--gap',
  line: '--control',
  surface: '--surface',
  crit: '--crit-frame',
  med: '--med-frame',
} as const;
type Token = keyof typeof TOKENS | 'band';
export type Palette = Readonly<Record<Token, string>>;

/** The colours of the theme shown now. */
export const colours = (): Palette => {
  const style = getComputedStyle(document.documentElement);
  const found = Object.fromEntries(
    Object.entries(TOKENS).map(([name, token]) => [name, style.getPropertyValue(token).trim()]),
  ) as Record<keyof typeof TOKENS, string>;
  return { ...found, band: `color-mix(in srgb, ${found.plot} 18%, transparent)` };
};

export interface Brush {
  readonly ctx: CanvasRenderingContext2D;
  readonly ratio: number;
  readonly palette: Palette;
  readonly box: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  readonly scale: readonly [low: number, high: number];
  x(at: EpochMillis): number;
  y(value: number): number;
}

const pattern = (brush: Brush, kind: 'hatch' | 'dots', colour: string): CanvasPattern | string => {
  const size = Math.round(7 * brush.ratio);
  const tile = document.createElement('canvas');
  tile.width = size;
  tile.height = size;
  const ctx = tile.getContext('2d');
  if (!ctx) return colour;
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = brush.ratio;
  ctx.globalAlpha = kind === 'hatch' ? 0.45 : 0.8;
  ctx.beginPath();
  if (kind === 'hatch') {
    for (const shift of [-size, 0, size]) {
      ctx.moveTo(shift, size);
      ctx.lineTo(shift + size, 0);
    }
    ctx.stroke();
  } else {
    ctx.arc(size / 4, size / 4, 0.8 * brush.ratio, 0, Math.PI * 2);
    ctx.arc((size * 3) / 4, (size * 3) / 4, 0.8 * brush.ratio, 0, Math.PI * 2);
    ctx.fill();
  }
  return brush.ctx.createPattern(tile, 'repeat') ?? colour;
};

const zone = (brush: Brush, level: 'crit' | 'med', from: number, to: number): void => {
  const { ctx, box, palette } = brush;
  const clip = (value: number): number => Math.min(box.top + box.height, Math.max(box.top, brush.y(value)));
  const [top, bottom] = [Math.min(clip(from), clip(to)), Math.max(clip(from), clip(to))];
  if (bottom - top < 1) return;
  ctx.fillStyle = pattern(brush, level === 'crit' ? 'hatch' : 'dots', palette[level]);
  ctx.fillRect(box.left, top, box.width, bottom - top);
};

const limitLine = (brush: Brush, level: 'crit' | 'med', value: number): void => {
  const { ctx, box, palette, ratio } = brush;
  if (value < brush.scale[0] || value > brush.scale[1]) return;
  ctx.save();
  ctx.strokeStyle = palette[level];
  ctx.lineWidth = (level === 'crit' ? 1.6 : 1.4) * ratio;
  ctx.setLineDash(level === 'crit' ? [] : [5 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(box.left, brush.y(value));
  ctx.lineTo(box.left + box.width, brush.y(value));
  ctx.stroke();
  ctx.restore();
};

/**
 * Critical: solid line and hatch. À voir: dashes and dots. Below the limits of a systolic nothing is filled: the
 * diastolic end of its bar stands there and is not concerned.
 */
export const drawLimits = (brush: Brush, limits: Limits | null, filledBelow: boolean): void => {
  if (!limits) return;
  const { criticalLow, low, high, criticalHigh } = limits;
  const [bottom, top] = brush.scale;
  if (filledBelow && criticalLow !== null) zone(brush, 'crit', bottom, criticalLow);
  if (filledBelow && low !== null) zone(brush, 'med', criticalLow ?? bottom, low);
  if (high !== null) zone(brush, 'med', high, criticalHigh ?? top);
  if (criticalHigh !== null) zone(brush, 'crit', criticalHigh, top);
  for (const value of [low, high]) if (value !== null) limitLine(brush, 'med', value);
  for (const value of [criticalLow, criticalHigh]) if (value !== null) limitLine(brush, 'crit', value);
};

/** Blank with its cause; the words go when they are twice as wide as the gap. */
export const drawGaps = (brush: Brush, gaps: readonly NamedGap[]): void => {
  const { ctx, box, palette, ratio } = brush;
  for (const { from, to, label } of gaps) {
    const left = Math.max(box.left, brush.x(from));
    const width = Math.min(box.left + box.width, brush.x(to)) - left;
    if (width < 1) continue;
    ctx.fillStyle = palette.gap;
    ctx.fillRect(left, box.top, width, box.height);
    ctx.strokeStyle = palette.line;
    ctx.lineWidth = ratio;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.strokeRect(left, box.top, width, box.height);
    ctx.setLineDash([]);
    ctx.font = `${12 * ratio}px Inter, system-ui, sans-serif`;
    const words = ctx.measureText(label).width;
    if (words > width * 2) continue;
    ctx.fillStyle = palette.ink2;
    ctx.textAlign = 'center';
    const middle = Math.min(box.left + box.width - words / 2, Math.max(box.left + words / 2, left + width / 2));
    ctx.fillText(label, middle, box.top + 14 * ratio);
  }
};

/** A point that came late. */
export const hollow = ({ ctx, ratio, palette }: Brush, x: number, y: number): void => {
  ctx.beginPath();
  ctx.arc(x, y, 3 * ratio, 0, Math.PI * 2);
  ctx.fillStyle = palette.surface;
  ctx.fill();
  ctx.strokeStyle = palette.plot;
  ctx.lineWidth = 1.5 * ratio;
  ctx.stroke();
};

/** One line per alert, across every panel. */
export const verticals = (
  { ctx, box, ratio, palette, x }: Brush,
  alerts: readonly { readonly at: EpochMillis; readonly level: 'crit' | 'med' | 'other' }[],
): void => {
  for (const { at, level } of alerts) {
    ctx.strokeStyle = level === 'other' ? palette.line : palette[level];
    ctx.lineWidth = (level === 'crit' ? 1.8 : 1.4) * ratio;
    ctx.beginPath();
    ctx.moveTo(x(at), box.top);
    ctx.lineTo(x(at), box.top + box.height);
    ctx.stroke();
  }
};

/** « < 90 ▲▲▲ » at the end of its line, moved apart when two are too near. */
export const namedLimits = (brush: Brush, limits: Limits | null, number: (value: number) => string): void => {
  if (!limits) return;
  const { ctx, box, ratio, palette, scale } = brush;
  const names = [
    { value: limits.criticalHigh, sign: '>', shape: '▲▲▲' },
    { value: limits.high, sign: '>', shape: '▲▲' },
    { value: limits.low, sign: '<', shape: '▲▲' },
    { value: limits.criticalLow, sign: '<', shape: '▲▲▲' },
  ].flatMap(({ value, sign, shape }) =>
    value !== null && value >= scale[0] && value <= scale[1]
      ? [{ at: brush.y(value), text: `${sign} ${number(value)}`, shape }]
      : [],
  );
  ctx.textAlign = 'left';
  ctx.fillStyle = palette.ink2;
  let free = -Infinity;
  for (const { at, text, shape } of names) {
    const y = Math.max(at + 4 * ratio, free + 14 * ratio);
    free = y;
    ctx.font = `600 ${12 * ratio}px Inter, system-ui, sans-serif`;
    ctx.fillText(text, box.left + box.width + 8 * ratio, y);
    const width = ctx.measureText(text).width;
    ctx.font = `${8 * ratio}px Inter, system-ui, sans-serif`;
    ctx.fillText(shape, box.left + box.width + width + 12 * ratio, y - ratio);
  }
};
