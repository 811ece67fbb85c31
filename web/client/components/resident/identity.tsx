import { useTranslation } from 'react-i18next';
import type { ResidentView } from '../../../protocol.js';
import { useDesk, useFormats, useNow, usePersonName } from '../../state/desk.js';
import { goToDesk } from '../../state/route.js';
import { ageOf } from '../../state/timeline.js';
import { Icon } from '../icon.js';

/** Who, where, how old, and what a carer must know before anything else. */
export const Identity = ({ resident }: { readonly resident: ResidentView }) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const person = usePersonName();
  const formats = useFormats(resident.site);
  const now = useNow();
  const site = sites.get(resident.site);
  const unit = site?.units.find(({ id }) => id === resident.unit)?.name;
  const years = ageOf(resident.birthDate, now);
  const age =
    years === null || resident.birthDate === null
      ? t('resident.ageUnknown')
      : t('resident.age', { count: years, date: formats.birth(resident.birthDate) });
  const title = person(resident);
  const full = title.includes(resident.given)
    ? title
    : title.replace(resident.family, `${resident.given} ${resident.family}`);
  return (
    <header className="identity">
      <button type="button" className="identity-back" aria-label={t('resident.back')} onClick={goToDesk}>
        <Icon name="left" />
      </button>
      {resident.room !== null && (
        <span className="identity-room" role="img" aria-label={t('resident.room', { room: resident.room })}>
          {resident.room}
        </span>
      )}
      <div className="identity-name">
        <h1 id="resident-nom" tabIndex={-1}>
          {full}
        </h1>
        <p>
          {age}
          {unit !== undefined && ` · ${unit}`}
          {resident.spo2Scale === 2 && (
            <>
              {' · '}
              <b>{t('resident.scale2')}</b>
            </>
          )}
        </p>
      </div>
      <dl className="identity-facts">
        <div>
          <dt>{t('resident.place')}</dt>
          <dd>{site?.name ?? resident.site}</dd>
        </div>
        <div>
          <dt>{t('resident.hours')}</dt>
          <dd>{t('resident.hoursUnknown')}</dd>
        </div>
        <div>
          <dt>{t('resident.emergency')}</dt>
          <dd>{t('resident.emergencyText')}</dd>
        </div>
      </dl>
    </header>
  );
};
