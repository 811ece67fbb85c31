/** One measure drawn with uPlot: limits behind, gaps left blank, the line, then what must be seen above it. */
import uPlot from 'uplot';
import type { EpochMillis } from '../../../../domain/time.js';
import { type HistoryPoint, isOutside, type Limits, withBreaks } from '../../state/history.js';
import type { Mark } from '../../state/time-axis.js';
import { type Brush, colours, drawGaps, drawLimits, hollow, namedLimits, type NamedGap, verticals } from './brush.js';

export interface Drawing {
  readonly points: readonly HistoryPoint[];
  /** Diastolic by the same instants: drawn as bars. */
  readonly lower: ReadonlyMap<EpochMillis, number> | null;
  readonly gaps: readonly NamedGap[];
  readonly limits: Limits | null;
  readonly alerts: readonly { readonly at: EpochMillis; readonly level: 'crit' | 'med' | 'other' }[];
  readonly marks: readonly Mark[];
  readonly from: EpochMillis;
  readonly to: EpochMillis;
  readonly scale: readonly [low: number, high: number];
  readonly byHand: boolean;
  /** Windows: a mean with its band. */
  readonly windowed: boolean;
  number(value: number): string;
}

export const LEFT = 44;
export const RIGHT = 88;
const seconds = (at: EpochMillis): number => at / 1000;

const drawBars = (brush: Brush, { points, lower }: Drawing): void => {
  const { ctx, x, y, ratio, palette } = brush;
  ctx.strokeStyle = palette.plot;
  ctx.lineWidth = 2 * ratio;
  for (const { at, value } of points) {
    const low = lower?.get(at);
    const half = 4 * ratio;
    ctx.beginPath();
    ctx.moveTo(x(at) - half, y(value));
    ctx.lineTo(x(at) + half, y(value));
    if (low !== undefined) {
      ctx.moveTo(x(at), y(value));
      ctx.lineTo(x(at), y(low));
      ctx.moveTo(x(at) - half, y(low));
      ctx.lineTo(x(at) + half, y(low));
    }
    ctx.stroke();
  }
};

/** Outside the limits the line thickens to ink; a lone point outside is a dot. */
const drawOutside = (brush: Brush, { points, limits, gaps, byHand }: Drawing): void => {
  if (!limits) return;
  const { ctx, x, y, ratio, palette } = brush;
  ctx.strokeStyle = palette.ink;
  ctx.fillStyle = palette.ink;
  ctx.lineWidth = 3 * ratio;
  points.forEach((point, index) => {
    const next = points[index + 1];
    const apart = !next || byHand || gaps.some(({ from, to }) => from >= point.at && to <= next.at);
    if (next && !apart && (isOutside(point.value, limits) || isOutside(next.value, limits))) {
      ctx.beginPath();
      ctx.moveTo(x(point.at), y(point.value));
      ctx.lineTo(x(next.at), y(next.value));
      ctx.stroke();
    }
    if (isOutside(point.value, limits)) {
      ctx.beginPath();
      ctx.arc(x(point.at), y(point.value), 2 * ratio, 0, Math.PI * 2);
      ctx.fill();
    }
  });
};

const drawAbove = (brush: Brush, drawing: Drawing): void => {
  const { points, lower, byHand } = drawing;
  if (lower) drawBars(brush, drawing);
  else drawOutside(brush, drawing);
  const { ctx, x, y, ratio, palette } = brush;
  for (const { at, value, late } of points) {
    if (late) hollow(brush, x(at), y(value));
    else if (byHand && !lower) {
      ctx.fillStyle = palette.plot;
      ctx.beginPath();
      ctx.arc(x(at), y(value), 3 * ratio, 0, Math.PI * 2);
      ctx.fill();
    }
  }
  const last = points.at(-1);
  if (last && !lower && !last.late) {
    ctx.fillStyle = palette.ink;
    ctx.beginPath();
    ctx.arc(x(last.at), y(last.value), 3.5 * ratio, 0, Math.PI * 2);
    ctx.fill();
  }
  verticals(brush, drawing.alerts);
  namedLimits(brush, drawing.limits, drawing.number);
};

const alignedOf = ({ points, gaps, byHand }: Drawing): uPlot.AlignedData => {
  const rows = byHand ? points.map((point) => ({ at: point.at, point })) : withBreaks(points, gaps);
  return [
    rows.map(({ at }) => seconds(at)),
    rows.map(({ point }) => point?.value ?? null),
    rows.map(({ point }) => point?.min ?? null),
    rows.map(({ point }) => point?.max ?? null),
  ];
};

/** Draws into an element; returns how to take it away. `onRead` is told which point is under the pointer. */
export const draw = (
  target: HTMLElement,
  drawing: Drawing,
  options: { width: number; height: number; onRead(point: HistoryPoint | null): void },
): (() => void) => {
  const palette = colours();
  const brushOf = (plot: uPlot): Brush => ({
    ctx: plot.ctx,
    ratio: devicePixelRatio,
    palette,
    box: plot.bbox,
    x: (at) => plot.valToPos(seconds(at), 'x', true),
    y: (value) => plot.valToPos(value, 'y', true),
    scale: drawing.scale,
  });
  const data = alignedOf(drawing);
  const line = drawing.lower ? 'transparent' : drawing.byHand ? palette.ink3 : palette.plot;
  const plot = new uPlot(
    {
      width: options.width,
      height: options.height,
      padding: [6, RIGHT, 6, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { show: false } },
      scales: {
        x: { time: true, range: () => [seconds(drawing.from), seconds(drawing.to)] },
        y: { range: () => [drawing.scale[0], drawing.scale[1]] },
      },
      axes: [
        {
          size: 0,
          splits: () => drawing.marks.map(({ at }) => seconds(at)),
          values: (_plot, splits) => splits.map(() => ''),
          grid: { stroke: palette.grid, width: 1 },
          ticks: { show: false },
        },
        {
          size: LEFT,
          space: 36,
          stroke: palette.ink2,
          font: '12px Inter, system-ui, sans-serif',
          values: (_plot, splits) => splits.map((value) => drawing.number(value)),
          grid: { stroke: palette.grid, width: 1 },
          ticks: { show: false },
        },
      ],
      series: [
        {},
        { stroke: line, width: drawing.byHand ? 1 : 1.6, points: { show: false }, spanGaps: false },
        { stroke: 'transparent', points: { show: false }, show: drawing.windowed },
        { stroke: 'transparent', points: { show: false }, show: drawing.windowed },
      ],
      bands: drawing.windowed && !drawing.lower ? [{ series: [3, 2], fill: palette.band }] : [],
      hooks: {
        drawClear: [
          (self) => {
            const brush = brushOf(self);
            drawLimits(brush, drawing.limits, drawing.lower === null);
            drawGaps(brush, drawing.gaps);
          },
        ],
        draw: [(self) => drawAbove(brushOf(self), drawing)],
        setCursor: [
          (self) => {
            const at = self.cursor.idx === null || self.cursor.idx === undefined ? undefined : data[0][self.cursor.idx];
            const inside = (self.cursor.left ?? -1) >= 0;
            options.onRead((inside && drawing.points.find((point) => seconds(point.at) === at)) || null);
          },
        ],
      },
    },
    data,
    target,
  );
  return () => plot.destroy();
};
