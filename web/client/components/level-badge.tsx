import { useTranslation } from 'react-i18next';
import type { Workflow } from '../../../domain/alert.js';
import type { Level } from '../state/queue.js';
import { Icon } from './icon.js';

const TRIANGLES: Record<Level, number> = { crit: 3, stop: 2, med: 2, low: 1, due: 0, tech: 0 };

/** The shape of a level, silent: its word is beside it. */
export const LevelShapes = ({ level }: { readonly level: Level }) => (
  <span className="level-shapes" aria-hidden="true">
    {Array.from({ length: TRIANGLES[level] }, (_, index) => (
      <svg key={index} viewBox="0 0 12 11" focusable="false">
        <path d="M6 .4 11.7 10.6H.3z" fill="currentColor" />
      </svg>
    ))}
    {(level === 'stop' || level === 'tech') && <Icon name="gear" />}
    {level === 'due' && <Icon name="timer" />}
  </span>
);

interface LevelBadgeProps {
  readonly level: Level;
  readonly workflow: Workflow;
  /** Shape only on screen; the word stays for screen readers. */
  readonly glyph?: boolean;
}

/** Colour, shape and word of a level. Filled = nobody has it; outlined = taken or snoozed. */
export const LevelBadge = ({ level, workflow, glyph = false }: LevelBadgeProps) => {
  const { t } = useTranslation();
  const name = t(`level.${level}`);
  const word =
    workflow === 'claimed'
      ? t('level.taken', { level: name })
      : workflow === 'snoozed'
        ? t('level.snoozed', { level: name })
        : name;
  const quiet = workflow === 'open' ? '' : ' is-quiet';
  return (
    <span className={`level level-${level}${quiet}${glyph ? ' is-glyph' : ''}`} title={glyph ? word : undefined}>
      <LevelShapes level={level} />
      <span className={glyph ? 'unseen' : 'level-word'}>{glyph ? word : name}</span>
    </span>
  );
};
