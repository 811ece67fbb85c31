import { useTranslation } from 'react-i18next';
import type { Metric } from '../../../../domain/metrics.js';
import { MINUTE } from '../../../../domain/time.js';
import type { AlertView, LatestReading, ResidentView } from '../../../protocol.js';
import { useFormats, useFrozen, useLive } from '../../state/desk.js';
import type { Limits } from '../../state/history.js';
import { type Measure, MEASURES, UNITS } from '../../state/measures.js';
import { levelOf } from '../../state/queue.js';
import { flagOf, isStale, newestOf } from '../../state/residents.js';
import { LevelBadge } from '../level-badge.js';
import { SCALES } from '../use-spark.js';
import { LimitGauge } from './gauge.js';
import { useAge } from './use-age.js';

interface TilesProps {
  readonly resident: ResidentView;
  readonly alerts: readonly AlertView[];
  readonly readings: ReadonlyMap<Metric, LatestReading> | undefined;
  readonly limits: ReadonlyMap<Metric, Limits> | null;
  /** Name of what measured last, by metric, where it is known. */
  readonly sources: ReadonlyMap<Metric, string>;
}

/** A systolic and a diastolic further apart are not the same measurement. */
const SAME_MEASURE = MINUTE;

const Tile = ({ measure, resident, alerts, readings, limits, sources }: TilesProps & { readonly measure: Measure }) => {
  const { t } = useTranslation();
  const formats = useFormats(resident.site);
  const frozen = useFrozen();
  const reading = newestOf(readings, measure.metrics);
  const age = useAge(resident.site, reading ? Date.parse(reading.time) : null);
  const stale = useLive((state) => reading !== null && isStale(reading, state.clockAt + state.offset));
  const name = t(`resident.metrics.${measure.name}`);
  const metrics: readonly Metric[] = measure.name === 'bp' ? ['systolic_bp', 'diastolic_bp'] : measure.metrics;
  const flag = flagOf(alerts, metrics);
  if (!reading || typeof reading.value !== 'number')
    return (
      <li className="tile is-never">
        <h3>{name}</h3>
        <p className="tile-value" aria-hidden="true">
          —
        </p>
        <p className="tile-age">{t('resident.never')}</p>
      </li>
    );
  const diastolic = measure.name === 'bp' ? readings?.get('diastolic_bp') : undefined;
  const paired =
    typeof diastolic?.value === 'number' &&
    Math.abs(Date.parse(diastolic.time) - Date.parse(reading.time)) <= SAME_MEASURE
      ? `/${formats.value('diastolic_bp', diastolic.value)}`
      : '';
  const text = `${formats.value(reading.metric, reading.value)}${paired}`;
  const limit = flag?.sign && flag.limit !== null ? `${flag.sign} ${formats.number(flag.limit)}` : null;
  const source = sources.get(reading.metric);
  const marked =
    flag && !stale && !frozen ? ` is-${levelOf(flag.alert)} ${flag.alert.workflow === 'open' ? 'is-open' : ''}` : '';
  return (
    <li className={`tile${stale ? ' is-stale' : marked}`}>
      <h3>
        {name}
        {flag && !stale && <LevelBadge level={levelOf(flag.alert)} workflow={flag.alert.workflow} glyph />}
      </h3>
      <p className="tile-value">
        {stale || frozen ? <s className="struck">{text}</s> : <b>{text}</b>} <span>{UNITS[measure.name]}</span>
      </p>
      {stale || frozen ? (
        <span className="gauge" />
      ) : (
        <LimitGauge
          value={reading.value}
          limits={limits?.get(reading.metric) ?? null}
          usual={SCALES[reading.metric] ?? [reading.value - 1, reading.value + 1]}
        />
      )}
      <p className="tile-age">
        {limit !== null && !stale && (
          <>
            <b>{limit}</b> ·{' '}
          </>
        )}
        {stale
          ? t('resident.stopped', { age: age.text })
          : t(age.isDate ? 'resident.on' : 'resident.ago', { age: age.text, date: age.text })}
        {reading.quality === 'questionable' && (
          <>
            {' · '}
            <b>{t('resident.questionable')}</b>
          </>
        )}
      </p>
      {source !== undefined && <p className="tile-age">{t('resident.byDevice', { model: source })}</p>}
    </li>
  );
};

/** Every current value with its limit, its age and what measured it. */
export const Tiles = (props: TilesProps) => {
  const { t } = useTranslation();
  const shown = MEASURES.filter(({ always, metrics }) => always || newestOf(props.readings, metrics) !== null);
  return (
    <section className="panel" aria-labelledby="mesures-titre">
      <h2 id="mesures-titre" className="unseen">
        {t('resident.tiles')}
      </h2>
      <ul className="tiles">
        {shown.map((measure) => (
          <Tile key={measure.name} measure={measure} {...props} />
        ))}
      </ul>
    </section>
  );
};
