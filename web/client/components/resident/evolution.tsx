import { lazy, Suspense, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Metric } from '../../../../domain/metrics.js';
import type { AlertView, DeviceView, ResidentView } from '../../../protocol.js';
import { useDesk, useFormats } from '../../state/desk.js';
import { type Limits, type Period, PERIODS } from '../../state/history.js';
import { trendOf } from '../../state/trend.js';
import { HistoryTable } from './history-table.js';
import type { Histories, Read } from './use-resident.js';

const Charts = lazy(() => import('./charts.js'));

interface EvolutionProps {
  readonly resident: ResidentView;
  readonly period: Period;
  onPeriod(period: Period): void;
  readonly histories: Read<Histories>;
  retry(): void;
  readonly alerts: readonly AlertView[];
  readonly alertsFailed: boolean;
  readonly limits: ReadonlyMap<Metric, Limits> | null;
  readonly devices: readonly DeviceView[];
}

const Legend = ({ period, limits, alertsFailed }: Pick<EvolutionProps, 'period' | 'limits' | 'alertsFailed'>) => {
  const { t } = useTranslation();
  return (
    <p className="legend">
      {limits && (
        <>
          <span className="legend-crit">{t('resident.trend.critZone')}</span>
          <span className="legend-med">{t('resident.trend.medZone')}</span>
        </>
      )}
      <span className="legend-gap">{t('resident.trend.gapZone')}</span>
      {period === '24h' ? (
        <span className="legend-late">{t('resident.trend.late')}</span>
      ) : (
        <span className="legend-band">{t(period === '7d' ? 'resident.trend.means7d' : 'resident.trend.means30d')}</span>
      )}
      <span>{t(limits ? 'resident.trend.limitsNow' : 'resident.trend.noLimits')}</span>
      {alertsFailed && <span>{t('resident.trend.noAlerts')}</span>}
    </p>
  );
};

/** « Évolution »: the same data as curves or as a table. */
export const Evolution = (props: EvolutionProps) => {
  const { resident, period, histories, alerts, limits, devices } = props;
  const { t } = useTranslation();
  const { sites } = useDesk();
  const formats = useFormats(resident.site);
  const [asTable, setAsTable] = useState(false);
  const trends = useMemo(() => {
    if (histories === null || histories === 'failed') return [];
    const cadences = new Map(devices.map(({ id, cadenceSeconds }) => [id, cadenceSeconds]));
    return [...histories.points].map(([name, { metric, points }]) =>
      trendOf({
        name,
        metric,
        points,
        diastolic: name === 'bp' ? histories.diastolic : null,
        period: histories.period,
        to: histories.to,
        limits: limits?.get(metric) ?? null,
        alerts,
        cadenceOf: (device) => cadences.get(device) ?? null,
      }),
    );
  }, [histories, limits, alerts, devices]);
  const loading = <p className="panel-note">{t('resident.trend.loading')}</p>;
  return (
    <section className="panel evolution" aria-labelledby="evolution-titre" aria-busy={histories === null}>
      <div className="panel-head">
        <h2 id="evolution-titre">{t('resident.trend.title')}</h2>
        <fieldset className="units">
          <legend className="unseen">{t('resident.trend.period')}</legend>
          {PERIODS.map((one) => (
            <label key={one}>
              <input
                type="radio"
                name="periode"
                className="unseen"
                checked={one === period}
                onChange={() => props.onPeriod(one)}
              />
              {t(`resident.trend.${one}`)}
            </label>
          ))}
        </fieldset>
        {histories !== null && histories !== 'failed' && (
          <span className="muted">{t('resident.trend.live', { time: formats.time(histories.to) })}</span>
        )}
        <button type="button" className="button is-line evolution-as" onClick={() => setAsTable(!asTable)}>
          {t(asTable ? 'resident.trend.chart' : 'resident.trend.table')}
        </button>
      </div>
      {histories === null && loading}
      {histories === 'failed' && (
        <p className="panel-note error" role="alert">
          {t('resident.trend.failed')}{' '}
          <button type="button" className="button is-line" onClick={props.retry}>
            {t('resident.trend.retry')}
          </button>
        </p>
      )}
      {histories !== null && histories !== 'failed' && (
        <>
          <Legend period={period} limits={limits} alertsFailed={props.alertsFailed} />
          {asTable ? (
            <HistoryTable site={resident.site} period={period} trends={trends} />
          ) : (
            <Suspense fallback={loading}>
              <Charts
                site={resident.site}
                zone={sites.get(resident.site)?.timezone ?? 'Europe/Paris'}
                period={period}
                to={histories.to}
                trends={trends}
                alerts={alerts}
              />
            </Suspense>
          )}
        </>
      )}
    </section>
  );
};
