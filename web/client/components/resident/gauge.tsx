import { gaugeOf } from '../../state/gauge.js';
import type { Limits } from '../../state/history.js';

const WIDTH = 120;

interface LimitGaugeProps {
  readonly value: number;
  readonly limits: Limits | null;
  readonly usual: readonly [low: number, high: number];
}

/** Hatched = critical, dotted = à voir, bar = the value. The words beside it say the same. */
export const LimitGauge = ({ value, limits, usual }: LimitGaugeProps) => {
  const gauge = limits && gaugeOf(value, limits, usual);
  if (!gauge) return <span className="gauge" />;
  return (
    <svg className="gauge" viewBox={`0 0 ${WIDTH} 8`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className="gauge-track" width={WIDTH} height="4" y="2" />
      {gauge.zones.map(({ level, from, to }) => (
        <rect
          key={`${level}${from}`}
          className={`gauge-${level}`}
          x={from * WIDTH}
          width={Math.max(0, to - from) * WIDTH}
          height="4"
          y="2"
        />
      ))}
      <rect
        className="gauge-value"
        x={Math.min(WIDTH - 3, Math.max(0, gauge.value * WIDTH - 1.5))}
        width="3"
        height="8"
      />
    </svg>
  );
};

/** The patterns of the gauges; once a page. */
export const GaugePatterns = () => (
  <svg className="unseen" aria-hidden="true" focusable="false" width="0" height="0">
    <defs>
      <pattern id="zone-crit" width="4" height="4" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <path className="zone-crit" d="M0 0V4" />
      </pattern>
      <pattern id="zone-med" width="4" height="4" patternUnits="userSpaceOnUse">
        <circle className="zone-med" cx="2" cy="2" r="1" />
      </pattern>
    </defs>
  </svg>
);
