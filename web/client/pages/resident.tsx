import '../styles/trend.css';
import '../styles/resident.css';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Metric } from '../../../domain/metrics.js';
import type { DeviceView, ResidentView } from '../../protocol.js';
import { AlertCard } from '../components/alert-card.js';
import type { OpenPanel } from '../components/panel.js';
import { DevicesPanel } from '../components/resident/devices.js';
import { Evolution } from '../components/resident/evolution.js';
import { GaugePatterns } from '../components/resident/gauge.js';
import { Identity } from '../components/resident/identity.js';
import { LimitsPanel } from '../components/resident/limits.js';
import { News2Detail } from '../components/resident/news2-detail.js';
import { Tiles } from '../components/resident/tiles.js';
import { Timeline } from '../components/resident/timeline.js';
import { useHistories, useResident } from '../components/resident/use-resident.js';
import { useDesk, useFrozen, useLive, usePersonName } from '../state/desk.js';
import type { Period } from '../state/history.js';
import { compareAlerts } from '../state/queue.js';
import { goToDesk } from '../state/route.js';

const Known = ({ resident, open }: { readonly resident: ResidentView; readonly open: OpenPanel }) => {
  const { t } = useTranslation();
  const frozen = useFrozen();
  const person = usePersonName();
  const [period, setPeriod] = useState<Period>('24h');
  const vitals = useLive((state) => state.vitals.get(resident.id));
  const { thresholds, limits, alerts, pastFailed, devices } = useResident(resident);
  const { histories, day, retry } = useHistories(resident.id, period);
  const current = useMemo(
    () => alerts.filter((alert) => alert.workflow !== 'closed' && alert.condition !== 'pending').sort(compareAlerts),
    [alerts],
  );
  const known = useMemo(() => (Array.isArray(devices) ? (devices as readonly DeviceView[]) : []), [devices]);
  const { sources, seen } = useMemo(() => {
    const bySource = new Map<Metric, string>();
    const byDevice = new Map<string, number>();
    if (day)
      for (const { metric, points } of day.points.values()) {
        for (const { device, at } of points)
          if (device !== null) byDevice.set(device, Math.max(at, byDevice.get(device) ?? 0));
        const last = points.at(-1)?.device ?? null;
        if (last !== null) bySource.set(metric, known.find(({ id }) => id === last)?.model ?? last);
      }
    return { sources: bySource, seen: byDevice };
  }, [day, known]);
  const shown = useMemo(() => new Set(vitals?.readings.keys() ?? []), [vitals]);
  const name = person(resident);
  useEffect(() => {
    document.title = `${name} — ${t('app.name')}`;
    window.scrollTo(0, 0);
    document.getElementById('resident-nom')?.focus({ preventScroll: true });
  }, [name, t]);
  return (
    <main id="alertes" className={`resident${frozen ? ' is-frozen' : ''}`}>
      <GaugePatterns />
      <Identity resident={resident} />
      <div className="resident-grid">
        <section className="resident-alerts" aria-labelledby="en-cours-titre">
          <h2 id="en-cours-titre" className="unseen">
            {t('resident.alerts.title')}
          </h2>
          {current.length === 0 && <p className="empty">{t('resident.alerts.none')}</p>}
          {current.map((alert, index) => (
            <AlertCard key={alert.id} alert={alert} open={open} gone={false} first={index === 0} />
          ))}
        </section>
        <div className="resident-values">
          <Tiles resident={resident} alerts={current} readings={vitals?.readings} limits={limits} sources={sources} />
          <News2Detail resident={resident} view={vitals?.news2 ?? null} readings={vitals?.readings} />
        </div>
        <div className="resident-trend">
          <Evolution
            resident={resident}
            period={period}
            onPeriod={setPeriod}
            histories={histories}
            retry={retry}
            alerts={alerts}
            alertsFailed={pastFailed}
            limits={limits}
            devices={known}
          />
        </div>
        <div className="resident-story">
          <Timeline alerts={alerts} failed={pastFailed} open={open} />
        </div>
        <div className="resident-limits">
          <LimitsPanel site={resident.site} thresholds={thresholds} shown={shown} />
        </div>
        {devices !== undefined && (
          <div className="resident-devices">
            <DevicesPanel site={resident.site} devices={devices} seen={day && seen} />
          </div>
        )}
      </div>
    </main>
  );
};

/** Everything about one resident, or why there is nothing to show. */
const ResidentPage = ({ id, open }: { readonly id: string; readonly open: OpenPanel }) => {
  const { t } = useTranslation();
  const { residents } = useDesk();
  const ready = useLive((state) => state.phase !== 'connecting');
  const resident = residents.get(id);
  if (!resident)
    return (
      <main id="alertes" className="resident">
        <div className="empty">
          <h1>{t('resident.unknown')}</h1>
          <p>{t('resident.unknownDetail')}</p>
          <p>
            <button type="button" className="button is-line" onClick={goToDesk}>
              {t('resident.back')}
            </button>
          </p>
        </div>
      </main>
    );
  if (!ready) return <p className="loading">{t('app.loading')}</p>;
  return <Known key={id} resident={resident} open={open} />;
};
export default ResidentPage;
