import 'uplot/dist/uPlot.min.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { metricDefinition } from '../../../../domain/metrics.js';
import type { AlertView } from '../../../protocol.js';
import { duration } from '../../i18n/format.js';
import { useFormats, useLanguage } from '../../state/desk.js';
import { type HistoryPoint, isByHand, LENGTH, type Period, scaleOf, WINDOW } from '../../state/history.js';
import { UNITS } from '../../state/measures.js';
import { levelOf } from '../../state/queue.js';
import { marksOf } from '../../state/time-axis.js';
import type { Trend } from '../../state/trend.js';
import { LevelBadge } from '../level-badge.js';
import { SCALES } from '../use-spark.js';
import { draw, type Drawing, LEFT, RIGHT } from './plot.js';

interface ChartsProps {
  readonly site: string;
  readonly zone: string;
  readonly period: Period;
  readonly to: number;
  readonly trends: readonly Trend[];
  readonly alerts: readonly AlertView[];
}

/** The width of an element, followed. */
const useWidth = () => {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry?.contentRect.width ?? 0)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
};

/** Changes with the theme: colours of a canvas do not follow by themselves. */
const useTheme = (): string => {
  const [theme, setTheme] = useState(() => document.documentElement.dataset.theme ?? 'day');
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(document.documentElement.dataset.theme ?? 'day'));
    observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => observer.disconnect();
  }, []);
  return theme;
};

const drawnLevel = (alert: AlertView): 'crit' | 'med' | 'other' => {
  const level = levelOf(alert);
  return level === 'crit' ? 'crit' : level === 'med' || level === 'stop' ? 'med' : 'other';
};

const Panel = ({ trend, width, ...props }: ChartsProps & { readonly trend: Trend; readonly width: number }) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const formats = useFormats(props.site);
  const theme = useTheme();
  const ref = useRef<HTMLDivElement>(null);
  const [read, setRead] = useState<HistoryPoint | null>(null);
  const { period, to, zone, alerts } = props;
  const from = to - LENGTH[period];
  const name = t(`resident.metrics.${trend.name}`);
  const unit = UNITS[trend.name];
  const drawing = useMemo<Drawing>(() => {
    const lowest = trend.lower ? [...trend.lower.values()].map((value) => ({ min: value, max: value })) : [];
    return {
      points: trend.points,
      lower: trend.lower,
      gaps: trend.gaps.map((gap) => ({
        ...gap,
        label: gap.cause
          ? t('resident.trend.gapCause', {
              cause: gap.cause.message[language],
              duration: duration(gap.to - gap.from, language),
            })
          : t('resident.trend.gap', { duration: duration(gap.to - gap.from, language) }),
      })),
      limits: trend.limits,
      alerts: alerts
        .filter(({ category }) => category !== 'technical')
        .map((alert) => ({ at: Date.parse(alert.startedAt), level: drawnLevel(alert) }))
        .filter(({ at }) => at >= from && at <= to),
      marks: marksOf(from, to, zone, Math.max(2, Math.floor((width - LEFT - RIGHT) / 90))),
      from,
      to,
      scale: scaleOf([...trend.points, ...lowest], trend.lower ? [60, 185] : SCALES[trend.metric]),
      byHand: isByHand(trend.metric),
      windowed: WINDOW[period] !== null,
      number: (value) => formats.number(Math.round(value * 10) / 10),
    };
  }, [trend, alerts, from, to, zone, width, period, formats, language, t]);
  const height = trend.name === 'spo2' ? 190 : 128;
  useEffect(() => {
    const target = ref.current;
    if (!target || width < 120 || drawing.points.length === 0) return undefined;
    return draw(target, drawing, { width, height, onRead: setRead });
  }, [drawing, width, height, theme]);
  const values = trend.points.map(({ min, max }) => [min, max]).flat();
  const value = (one: number): string => formats.value(trend.metric, one);
  const summary =
    values.length === 0
      ? t('resident.trend.empty')
      : t('resident.trend.summary', {
          name,
          period: t(`resident.trend.${period}`),
          min: value(Math.min(...(trend.lower && trend.lower.size > 0 ? trend.lower.values() : values))),
          max: value(Math.max(...values)),
          unit,
          count: trend.points.length,
          gaps: trend.gaps.length,
        });
  const low = read && trend.lower?.get(read.at);
  return (
    <section className="chart">
      <h3>
        {name} <span>{unit}</span>
        {trend.lower && trend.limits && <span>· {t('resident.trend.systolic')}</span>}
        {read && (
          <span className="chart-read">
            {t('resident.trend.read', {
              time: formats.moment(read.at, to),
              value: `${value(read.value)}${low === null || low === undefined ? '' : `/${value(low)}`}`,
            })}
            {read.late && ` · ${t('resident.trend.late')}`}
            {read.questionable && ` · ${t('resident.questionable')}`}
          </span>
        )}
      </h3>
      {trend.points.length === 0 ? (
        <p className="muted chart-empty">
          {t('resident.trend.empty')} <span className="unseen">{metricDefinition(trend.metric).label[language]}</span>
        </p>
      ) : (
        <div ref={ref} className="chart-plot" role="img" aria-label={summary} />
      )}
    </section>
  );
};

const Lane = ({ site, zone, period, to, alerts, width }: ChartsProps & { readonly width: number }) => {
  const { t } = useTranslation();
  const formats = useFormats(site);
  const from = to - LENGTH[period];
  const span = Math.max(1, width - LEFT - RIGHT);
  const left = (at: number): string => `${LEFT + ((at - from) / (to - from)) * span}px`;
  const shown = alerts.filter(({ startedAt }) => Date.parse(startedAt) >= from && Date.parse(startedAt) <= to);
  const marks = marksOf(from, to, zone, Math.max(2, Math.floor(span / 90)));
  const long = period !== '24h';
  return (
    <section className="chart">
      <h3>
        {t('resident.trend.events')}
        {shown.length === 0 && <span>{t('resident.trend.eventsNone')}</span>}
      </h3>
      <ol className="lane" aria-label={t('resident.trend.events')}>
        {[...shown].reverse().map((alert) => (
          <li key={alert.id} style={{ left: left(Date.parse(alert.startedAt)) }}>
            <LevelBadge level={levelOf(alert)} workflow={alert.workflow} glyph />
            <span className="unseen">{formats.moment(Date.parse(alert.startedAt), to)}</span>
          </li>
        ))}
      </ol>
      <div className="axis" aria-hidden="true">
        {marks.map(({ at, isDay }) => (
          <span key={at} className={isDay ? 'is-day' : undefined} style={{ left: left(at) }}>
            {isDay || long ? formats.date(at) : formats.time(at)}
          </span>
        ))}
      </div>
    </section>
  );
};

/** One panel per measure over one time axis, alerts across all of them. */
const Charts = (props: ChartsProps) => {
  const { ref, width } = useWidth();
  return (
    <div className="charts" ref={ref}>
      {props.trends.map((trend) => (
        <Panel key={trend.name} trend={trend} width={width} {...props} />
      ))}
      {width > 0 && <Lane {...props} width={width} />}
    </div>
  );
};
export default Charts;
