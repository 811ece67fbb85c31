import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { duration } from '../../i18n/format.js';
import { formatsFor } from '../../i18n/format.js';
import { useFormats, useLanguage } from '../../state/desk.js';
import { type HistoryPoint, isOutside, type Period, WINDOW } from '../../state/history.js';
import { UNITS } from '../../state/measures.js';
import type { Trend } from '../../state/trend.js';

const STEP = 200;

type Line =
  { readonly at: number; readonly point: HistoryPoint } | { readonly at: number; readonly gap: Trend['gaps'][number] };

/** The same points and gaps as the curves, newest first. */
export const HistoryTable = ({
  site,
  period,
  trends,
}: {
  readonly site: string;
  readonly period: Period;
  readonly trends: readonly Trend[];
}) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const formats = useFormats(site);
  const [name, setName] = useState(trends[0]?.name);
  const [count, setCount] = useState(STEP);
  const trend = trends.find((one) => one.name === name) ?? trends[0];
  const lines = useMemo<readonly Line[]>(
    () =>
      trend
        ? [
            ...trend.points.map((point) => ({ at: point.at, point })),
            ...trend.gaps.map((gap) => ({ at: gap.from, gap })),
          ].sort((a, b) => b.at - a.at)
        : [],
    [trend],
  );
  if (!trend) return null;
  const window = WINDOW[period];
  const when = (at: number): string => {
    if (period === '30d') return formatsFor(language, 'UTC').day(at);
    const start = window ? at - window.length / 2 : at;
    return `${formats.day(start)} ${formats.time(start)}`;
  };
  const value = (at: number, one: number): string => {
    const low = trend.lower?.get(at);
    const text = formats.value(trend.metric, one);
    return low === undefined ? text : `${text}/${formats.value('diastolic_bp', low)}`;
  };
  const notes = (point: HistoryPoint): string =>
    [
      trend.limits && isOutside(point.value, trend.limits) ? t('resident.table.outside') : '',
      point.late ? t('resident.trend.late') : '',
      point.questionable ? t('resident.questionable') : '',
    ]
      .filter(Boolean)
      .join(', ');
  return (
    <div className="history-table">
      <fieldset className="units">
        <legend className="unseen">{t('resident.table.measure')}</legend>
        {trends.map((one) => (
          <label key={one.name}>
            <input
              type="radio"
              name="mesure-tableau"
              className="unseen"
              checked={one.name === trend.name}
              onChange={() => {
                setName(one.name);
                setCount(STEP);
              }}
            />
            {t(`resident.metrics.${one.name}`)}
          </label>
        ))}
      </fieldset>
      <div className="frame is-tall" tabIndex={0} role="group" aria-label={t('resident.trend.table')}>
        <table className="sheet-table">
          <caption>
            {t('resident.table.caption', {
              name: t(`resident.metrics.${trend.name}`),
              unit: UNITS[trend.name],
              period: t(`resident.trend.${period}`),
            })}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t('resident.table.time')}</th>
              <th scope="col">{t(window ? 'resident.table.mean' : 'resident.table.value')}</th>
              {window && (
                <>
                  <th scope="col">{t('resident.table.min')}</th>
                  <th scope="col">{t('resident.table.max')}</th>
                  <th scope="col">{t('resident.table.count')}</th>
                </>
              )}
              <th scope="col">{t('resident.table.note')}</th>
            </tr>
          </thead>
          <tbody>
            {lines.slice(0, count).map((line) =>
              'gap' in line ? (
                <tr key={`trou ${line.at}`} className="is-gap">
                  <td colSpan={window ? 6 : 3}>
                    {t('resident.table.gap', {
                      from: formats.moment(line.gap.from, line.gap.to),
                      to: formats.time(line.gap.to),
                      duration: duration(line.gap.to - line.gap.from, language),
                    })}
                    {line.gap.cause && ` · ${line.gap.cause.message[language]}`}
                  </td>
                </tr>
              ) : (
                <tr key={`${line.at} ${line.point.device ?? ''}`}>
                  <th scope="row">{when(line.at)}</th>
                  <td>{value(line.at, line.point.value)}</td>
                  {window && (
                    <>
                      <td>{formats.value(trend.metric, line.point.min)}</td>
                      <td>{formats.value(trend.metric, line.point.max)}</td>
                      <td>{line.point.count}</td>
                    </>
                  )}
                  <td>{notes(line.point)}</td>
                </tr>
              ),
            )}
            {lines.length === 0 && (
              <tr>
                <td colSpan={window ? 6 : 3}>{t('resident.trend.empty')}</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {lines.length > count && (
        <button type="button" className="button is-line" onClick={() => setCount(count + STEP)}>
          {t('resident.table.more', { count: lines.length - count })}
        </button>
      )}
    </div>
  );
};
