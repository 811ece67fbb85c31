import { useTranslation } from 'react-i18next';
import type { Metric } from '../../../../domain/metrics.js';
import type { LatestReading, News2View, ResidentView } from '../../../protocol.js';
import { useFormats, useFrozen } from '../../state/desk.js';
import { newestOf } from '../../state/residents.js';

const PARTS = [
  ['respiratoryRate', ['respiratory_rate']],
  ['spo2', ['spo2']],
  ['supplementalOxygen', null],
  ['systolicBp', ['systolic_bp']],
  ['pulse', ['heart_rate', 'pulse_rate']],
  ['consciousness', null],
  ['temperature', ['body_temperature']],
] as const satisfies readonly (readonly [string, readonly Metric[] | null])[];

interface News2DetailProps {
  readonly resident: ResidentView;
  readonly view: News2View | null;
  readonly readings: ReadonlyMap<Metric, LatestReading> | undefined;
}

/** The score with its seven inputs, or what is missing for there to be one. */
export const News2Detail = ({ resident, view, readings }: News2DetailProps) => {
  const { t } = useTranslation();
  const formats = useFormats(resident.site);
  const frozen = useFrozen();
  const known = PARTS.filter(([part]) => view !== null && !view.missing.includes(part)).length;
  const score = view?.score ?? null;
  const risk = view?.risk ?? null;
  const word = (): string => {
    if (!view) return t('resident.news2.notReceived');
    if (score === null || risk === null) return t('resident.news2.partial', { known });
    return score === 0 ? t('resident.news2.none') : t(`resident.news2.${risk}`);
  };
  const missing = PARTS.filter(([part]) => view?.missing.includes(part)).map(([part]) =>
    t(`resident.news2.parts.${part}`),
  );
  return (
    <section className="panel score" aria-labelledby="news2-titre">
      <div className={`score-total is-${score === null ? 'partial' : (risk ?? 'low')}`}>
        <h2 id="news2-titre">{t('resident.news2.title')}</h2>
        <p>
          <b>{score === null ? '—' : frozen ? <s className="struck">{score}</s> : score}</b> <span>{word()}</span>
        </p>
      </div>
      <ul className="score-parts">
        {PARTS.map(([part, metrics]) => {
          const isMissing = !view || view.missing.includes(part);
          const points = view?.parts?.[part];
          const reading = metrics === null ? null : newestOf(readings, metrics);
          const value =
            reading && typeof reading.value === 'number' ? formats.value(reading.metric, reading.value) : null;
          const why =
            metrics === null
              ? t('resident.news2.byEye')
              : value === null
                ? t('resident.news2.absent')
                : t('resident.news2.unusable');
          return (
            <li key={part} className={isMissing ? 'is-missing' : `is-${points ?? 0}`}>
              <b>{isMissing ? '?' : (points ?? '·')}</b>
              <span>
                {t(`resident.news2.parts.${part}`)}
                <small>{isMissing ? why : value}</small>
              </span>
            </li>
          );
        })}
      </ul>
      <p className="help">
        {missing.length > 0
          ? `${t('resident.news2.missing', { list: formats.list(missing) })} ${t('resident.news2.rule')}`
          : t('resident.news2.complete')}
      </p>
    </section>
  );
};
