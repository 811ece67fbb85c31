import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../protocol.js';
import { preciseDuration } from '../i18n/format.js';
import { initials, shortName, useDesk, useFormats, useFrozen, useLanguage, useLive, useNow } from '../state/desk.js';

/** Who has it and for how long. */
export const AlertOwner = ({ alert }: { readonly alert: AlertView }) => {
  const { t } = useTranslation();
  const { me } = useDesk();
  const now = useNow();
  const frozen = useFrozen();
  const frozenSince = useLive((state) => state.frozenSince);
  const language = useLanguage();
  const formats = useFormats(alert.site);
  const { owner } = alert;
  if (!owner) return null;
  const isMine = owner.username === me.username;
  const since = Date.parse(owner.since);
  return (
    <div className="owner">
      <span className={isMine ? 'avatar is-me' : 'avatar'} aria-hidden="true">
        {initials(owner.name)}
      </span>
      <p>
        <b>{isMine ? t('card.mine') : t('card.owner', { name: shortName(owner.name) })}</b>
        <small>
          {frozen
            ? t('card.ownedAt', { time: formats.moment(since, now) })
            : t('card.ownedSince', { duration: preciseDuration(now - since, language) })}
        </small>
      </p>
      {frozenSince !== null && (
        <p className="owner-next">
          {t('card.stateAt')}
          <b>{formats.exactTime(frozenSince)}</b>
        </p>
      )}
    </div>
  );
};
