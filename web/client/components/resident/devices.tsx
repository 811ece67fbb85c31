import { useTranslation } from 'react-i18next';
import { SECOND } from '../../../../domain/time.js';
import type { DeviceView } from '../../../protocol.js';
import { duration } from '../../i18n/format.js';
import { useFormats, useLanguage, useNow } from '../../state/desk.js';
import { Icon } from '../icon.js';

interface DevicesPanelProps {
  readonly site: string;
  readonly devices: readonly DeviceView[] | 'failed' | null;
  /** Time of the last measure of each device over 24 h; null when it could not be read. */
  readonly seen: ReadonlyMap<string, number> | null;
}

/** What the resident wears and what stands in the room. */
export const DevicesPanel = ({ site, devices, seen }: DevicesPanelProps) => {
  const { t } = useTranslation();
  const formats = useFormats(site);
  const language = useLanguage();
  const now = useNow();
  const last = (device: DeviceView): string => {
    const at = seen?.get(device.id);
    if (seen === null) return t('resident.devices.unread');
    return at === undefined ? t('resident.devices.unseen') : t('resident.devices.seen', { age: formats.age(at, now) });
  };
  return (
    <section className="panel" aria-labelledby="appareils-titre">
      <div className="panel-head">
        <h2 id="appareils-titre">{t('resident.devices.title')}</h2>
      </div>
      {devices === null && <p className="panel-note">{t('app.loading')}</p>}
      {devices === 'failed' && <p className="panel-note error">{t('resident.devices.failed')}</p>}
      {Array.isArray(devices) && devices.length === 0 && <p className="panel-note">{t('resident.devices.none')}</p>}
      {Array.isArray(devices) && devices.length > 0 && (
        <ul className="device-list">
          {(devices as readonly DeviceView[]).map((device) => (
            <li key={device.id}>
              <Icon name="device" />
              <p>
                <b>{device.model}</b>
                <small>
                  {device.id}
                  {device.assignedTo &&
                    ` · ${
                      device.assignedTo.resident === null
                        ? t('resident.devices.room')
                        : t('resident.devices.since', { date: formats.date(Date.parse(device.assignedTo.since)) })
                    }`}
                </small>
              </p>
              <p>
                <b>{last(device)}</b>
                <small>
                  {device.cadenceSeconds === null
                    ? t('resident.devices.onDemand')
                    : t('resident.devices.every', { duration: duration(device.cadenceSeconds * SECOND, language) })}
                </small>
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
};
