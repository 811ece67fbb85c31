import { useTranslation } from 'react-i18next';
import type { ThresholdsView } from '../../../protocol.js';
import type { Metric } from '../../../../domain/metrics.js';
import { useFormats } from '../../state/desk.js';
import { MEASURES, UNITS } from '../../state/measures.js';
import { LevelBadge } from '../level-badge.js';

const COLUMNS = [
  ['criticalLow', 'crit', 'bas'],
  ['low', 'med', 'bas'],
  ['high', 'med', 'haut'],
  ['criticalHigh', 'crit', 'haut'],
] as const;
const ORIGINS = ['default', 'site', 'resident'] as const;

interface LimitsPanelProps {
  readonly site: string;
  readonly thresholds: ThresholdsView | 'failed' | null;
  readonly shown: ReadonlySet<Metric>;
}

/** The limits that ring now, and who decided each. */
export const LimitsPanel = ({ site, thresholds, shown }: LimitsPanelProps) => {
  const { t } = useTranslation();
  const formats = useFormats(site);
  const rows =
    thresholds === null || thresholds === 'failed'
      ? []
      : MEASURES.flatMap(({ name, metrics, always }) => {
          const metric = metrics.find((one) => shown.has(one)) ?? (always ? metrics[0] : null);
          const limits = metric === null ? undefined : thresholds.metrics[metric];
          return limits ? [{ name, limits }] : [];
        });
  return (
    <section className="panel limits" aria-labelledby="limites-titre">
      <div className="panel-head">
        <h2 id="limites-titre">{t('resident.limits.title')}</h2>
        <span className="muted">{t('resident.limits.now')}</span>
      </div>
      {thresholds === null && <p className="panel-note">{t('app.loading')}</p>}
      {thresholds === 'failed' && <p className="panel-note error">{t('resident.limits.failed')}</p>}
      {rows.length > 0 && (
        <div className="frame" tabIndex={0} role="group" aria-labelledby="limites-titre">
          <table className="sheet-table">
            <thead>
              <tr>
                <th scope="col">{t('resident.limits.measure')}</th>
                {COLUMNS.map(([key, level, side]) => (
                  <th scope="col" key={key}>
                    <span className="limits-head">
                      <LevelBadge level={level} workflow="open" glyph /> {t(`resident.limits.${side}`)}
                    </span>
                  </th>
                ))}
                <th scope="col">{t('resident.limits.origin')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map(({ name, limits }) => {
                const own = ORIGINS.filter((origin) =>
                  COLUMNS.some(([key]) => limits[key].value !== null && limits[key].origin === origin),
                );
                return (
                  <tr key={name}>
                    <th scope="row">
                      {t(`resident.metrics.${name}`)} <small>{UNITS[name]}</small>
                    </th>
                    {COLUMNS.map(([key]) => (
                      <td key={key} className={limits[key].origin === 'resident' ? 'is-own' : undefined}>
                        {limits[key].value === null ? t('resident.limits.none') : formats.number(limits[key].value)}
                      </td>
                    ))}
                    <td>
                      <span className="origins">
                        {own.map((origin) => (
                          <span key={origin} className={`origin is-${origin}`}>
                            {t(`resident.limits.${origin}`)}{' '}
                            <b>
                              {COLUMNS.filter(([key]) => limits[key].value !== null && limits[key].origin === origin)
                                .map(([key]) => formats.number(limits[key].value ?? 0))
                                .join(' / ')}
                            </b>
                          </span>
                        ))}
                      </span>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
};
