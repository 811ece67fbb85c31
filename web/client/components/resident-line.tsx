import { memo, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AlertView, ResidentView } from '../../protocol.js';
import { duration } from '../i18n/format.js';
import { shortName, useLanguage, useLive, useNow, usePersonName } from '../state/desk.js';
import { messageShort } from '../state/message.js';
import { levelOf } from '../state/queue.js';
import { residentPath } from '../state/route.js';
import { LevelBadge } from './level-badge.js';
import { News2 } from './news2.js';
import { VitalCell } from './vital-cell.js';

/** Turns true the first time the element is on screen, and stays so. */
const useSeen = <Target extends Element>() => {
  const ref = useRef<Target>(null);
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || seen) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setSeen(true);
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [seen]);
  return { ref, seen };
};

const SnoozedFor = ({ until }: { readonly until: string }) => {
  const { t } = useTranslation();
  const now = useNow();
  const language = useLanguage();
  return t('residents.snoozedFor', { duration: duration(Date.parse(until) - now, language) });
};

/** The worst alert under the name: shape, short fact, who has it. */
const Standing = ({ alert }: { readonly alert: AlertView }) => {
  const language = useLanguage();
  const fact = messageShort(alert.message[language]);
  return (
    <span className="who-now">
      <LevelBadge level={levelOf(alert)} workflow={alert.workflow} glyph />
      <span className="who-fact" title={alert.message[language]}>
        {alert.workflow === 'snoozed' && alert.snoozedUntil !== null ? (
          <SnoozedFor until={alert.snoozedUntil} />
        ) : (
          `${fact}${alert.workflow === 'claimed' && alert.owner ? ` · ${shortName(alert.owner.name)}` : ''}`
        )}
      </span>
    </span>
  );
};

interface ResidentLineProps {
  readonly resident: ResidentView;
  readonly alerts: readonly AlertView[];
  open(resident: string): void;
}

export const lineLinkId = (resident: string): string => `resident-${resident}`;

const sameAlerts = (a: ResidentLineProps, b: ResidentLineProps): boolean =>
  a.resident === b.resident &&
  a.open === b.open &&
  a.alerts.length === b.alerts.length &&
  a.alerts.every((alert, index) => alert === b.alerts[index]);

/** One resident: who, NEWS2, and the current values with their ages. */
export const ResidentLine = memo(({ resident, alerts, open }: ResidentLineProps) => {
  const person = usePersonName();
  const vitals = useLive((state) => state.vitals.get(resident.id));
  const { ref, seen } = useSeen<HTMLDivElement>();
  const worst = alerts[0];
  const shared = { resident, alerts, readings: vitals?.readings, visible: seen };
  return (
    <div
      role="row"
      className="line is-link"
      ref={ref}
      onClick={(event) => {
        if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        open(resident.id);
      }}
    >
      <div role="rowheader" className="who">
        <span className="who-room">{resident.room ?? '·'}</span>
        <span className="who-name">
          <a id={lineLinkId(resident.id)} className="who-link" href={residentPath(resident.id)}>
            {person(resident)}
          </a>
          {worst && <Standing alert={worst} />}
        </span>
      </div>
      <div role="cell" className="line-news2">
        <News2 view={vitals?.news2 ?? null} />
      </div>
      <VitalCell {...shared} column="spo2" metrics={['spo2']} />
      <VitalCell {...shared} column="pulse" metrics={['heart_rate', 'pulse_rate']} />
      <VitalCell {...shared} column="bp" metrics={['systolic_bp', 'diastolic_bp']} />
      <VitalCell {...shared} column="temperature" metrics={['body_temperature']} />
      <VitalCell {...shared} column="rr" metrics={['respiratory_rate']} />
    </div>
  );
}, sameAlerts);
ResidentLine.displayName = 'ResidentLine';
