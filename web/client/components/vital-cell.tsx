import { useTranslation } from 'react-i18next';
import { type Metric, metricDefinition } from '../../../domain/metrics.js';
import { MINUTE } from '../../../domain/time.js';
import type { AlertView, LatestReading, ResidentView } from '../../protocol.js';
import type { Formats } from '../i18n/format.js';
import { useFormats, useLive } from '../state/desk.js';
import { levelOf } from '../state/queue.js';
import { flagOf, isStale, newestOf } from '../state/residents.js';
import { Spark } from './spark.js';
import { useSpark } from './use-spark.js';

type Column = 'spo2' | 'pulse' | 'bp' | 'temperature' | 'rr';

interface VitalCellProps {
  readonly column: Column;
  /** The first that was received newest is shown; for blood pressure, systolic then diastolic. */
  readonly metrics: readonly Metric[];
  readonly resident: ResidentView;
  readonly alerts: readonly AlertView[];
  readonly readings: ReadonlyMap<Metric, LatestReading> | undefined;
  readonly visible: boolean;
}

const SPARK_SIZE = [38, 30] as const;
/** A systolic and a diastolic further apart are not the same measurement. */
const SAME_MEASURE = MINUTE;

const shownValue = (props: VitalCellProps, reading: LatestReading, formats: Formats): string => {
  const text = (one: LatestReading): string =>
    typeof one.value === 'number' ? formats.value(one.metric, one.value) : String(one.value);
  const diastolic = props.column === 'bp' ? props.readings?.get('diastolic_bp') : undefined;
  const together =
    diastolic && Math.abs(Date.parse(diastolic.time) - Date.parse(reading.time)) <= SAME_MEASURE ? diastolic : null;
  return together ? `${text(reading)}/${text(together)}` : text(reading);
};

/** A value with its age: « jamais reçu », struck « arrêté 2 h 10 », or flagged with the limit of its alert. */
export const VitalCell = (props: VitalCellProps) => {
  const { column, metrics, resident, alerts, readings, visible } = props;
  const { t } = useTranslation();
  const formats = useFormats(resident.site);
  const reading = newestOf(readings, column === 'bp' ? ['systolic_bp'] : metrics);
  const flag = flagOf(alerts, metrics);
  // Text, not numbers: a cell is drawn again only when the words of its age change.
  const age = useLive((state) => (reading ? formats.age(Date.parse(reading.time), state.clockAt + state.offset) : ''));
  const stale = useLive((state) => reading !== null && isStale(reading, state.clockAt + state.offset));
  const shape = useSpark({
    resident: resident.id,
    metric: column === 'rr' ? null : (reading?.metric ?? null),
    reading,
    flag,
    visible,
    size: SPARK_SIZE,
  });
  const label = t(`residents.columns.${column}`);
  if (!reading)
    return (
      <div role="cell" className="vital is-never">
        <span className="vital-label">{label}</span>
        <span className="vital-value" aria-hidden="true">
          —
        </span>
        <span className="vital-age">{t('residents.never')}</span>
      </div>
    );
  const level = flag ? ` is-flag is-${levelOf(flag.alert)}` : '';
  const limit = flag?.sign && flag.limit !== null ? `${flag.sign} ${formats.number(flag.limit)}` : null;
  const text = shownValue(props, reading, formats);
  const definition = metricDefinition(reading.metric);
  return (
    <div role="cell" className={`vital${stale ? ' is-stale' : level}`} title={definition.label[formats.language]}>
      <span className="vital-label">{label}</span>
      <span className="vital-value">{stale ? <s className="struck">{text}</s> : <b>{text}</b>}</span>
      {column !== 'rr' && <Spark shape={shape} width={SPARK_SIZE[0]} height={SPARK_SIZE[1]} />}
      <span className="vital-age" title={stale ? t('residents.stoppedLong', { duration: age }) : undefined}>
        {limit !== null && !stale && (
          <>
            <span className="vital-limit">{limit}</span> ·{' '}
          </>
        )}
        {stale ? t('residents.stopped', { duration: age }) : age}
      </span>
    </div>
  );
};
