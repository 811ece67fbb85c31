import type { SparkShape } from '../state/spark.js';

interface SparkProps {
  readonly shape: SparkShape | null;
  readonly width: number;
  readonly height: number;
}

/** A 24 h curve; the numbers beside it carry the meaning, so it is silent for screen readers. */
export const Spark = ({ shape, width, height }: SparkProps) => {
  if (!shape) return <span className="spark" aria-hidden="true" />;
  return (
    <svg
      className="spark"
      viewBox={`0 0 ${width} ${height}`}
      width={width}
      height={height}
      aria-hidden="true"
      focusable="false"
    >
      {shape.limitY !== null && <path className="spark-limit" d={`M0 ${shape.limitY}H${width}`} />}
      <path className={shape.kind === 'line' ? 'spark-line' : 'spark-thin'} d={shape.path} />
      {shape.out !== '' && <path className="spark-out" d={shape.out} />}
      {shape.dots.map(({ x, y, out }) => (
        <circle key={`${x} ${y}`} className={out ? 'spark-dot is-out' : 'spark-dot'} cx={x} cy={y} r="1.8" />
      ))}
      {shape.last && (
        <circle
          className={shape.last.out ? 'spark-dot is-out' : 'spark-dot'}
          cx={shape.last.x}
          cy={shape.last.y}
          r={shape.last.out ? 2.6 : 2}
        />
      )}
    </svg>
  );
};
