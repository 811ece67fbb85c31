import { useTranslation } from 'react-i18next';
import type { News2View } from '../../protocol.js';
import { useFormats } from '../state/desk.js';

/** Order of the footprint (design §3). */
const PARTS = [
  'respiratoryRate',
  'spo2',
  'supplementalOxygen',
  'systolicBp',
  'pulse',
  'consciousness',
  'temperature',
] as const;
const HEIGHTS = [2, 6, 10, 14] as const;

const Footprint = ({ view }: { readonly view: News2View }) => (
  <svg className="news2-bars" viewBox="0 0 34 14" width="34" height="14" aria-hidden="true" focusable="false">
    {PARTS.map((part, index) => {
      const isMissing = view.missing.includes(part);
      const points = Math.min(3, Math.max(0, Math.round(view.parts?.[part] ?? 0)));
      const height = isMissing ? 13 : (HEIGHTS[points] ?? 2);
      const x = 0.3 + index * 4.87;
      return (
        <rect
          key={part}
          className={isMissing ? 'news2-missing' : `news2-${points}`}
          x={isMissing ? x + 0.5 : x}
          y={isMissing ? 0.5 : 14 - height}
          width={isMissing ? 2.3 : 3.3}
          height={height}
          rx=".8"
        />
      );
    })}
  </svg>
);

/** The score, or « — » with what is known of it; a partial sum is never shown. */
export const News2 = ({ view }: { readonly view: News2View | null }) => {
  const { t } = useTranslation();
  const formats = useFormats(null);
  if (!view)
    return (
      <span className="news2 is-partial" title={t('news2.unknown')}>
        <b>—</b>
      </span>
    );
  if (view.score === null || view.risk === null) {
    const known = PARTS.length - view.missing.length;
    const names = PARTS.filter((part) => view.missing.includes(part)).map((part) => t(`news2.parts.${part}`));
    const missing = t('news2.missing', { list: formats.list(names) });
    const title = `${t('news2.incomplete', { known })}${names.length > 0 ? `, ${missing}` : ''}`;
    return (
      <span className="news2 is-partial" title={title}>
        <b aria-hidden="true">—</b>
        <Footprint view={view} />
        <span className="news2-word">
          <span aria-hidden="true">{known}/7</span>
          <span className="unseen">{title}</span>
        </span>
      </span>
    );
  }
  const risk = view.score === 0 ? t('news2.none') : t(`news2.${view.risk}`);
  const look = view.risk === 'high' ? ' is-high' : view.risk === 'low' ? '' : ' is-medium';
  return (
    <span className={`news2${look}`} title={t('news2.title', { score: view.score, risk })}>
      <b>{view.score}</b>
      <Footprint view={view} />
      <span className="news2-word">{risk}</span>
    </span>
  );
};
