import { useTranslation } from 'react-i18next';
import type { Me } from '../../protocol.js';
import { Icon } from '../components/icon.js';

/** Access denied: said as such, it never looks like lost data. */
export const Refused = ({ me, signOut }: { readonly me: Me; signOut(): void }) => {
  const { t } = useTranslation();
  return (
    <main id="alertes" className="outage">
      <span className="outage-sign is-plain">
        <Icon name="lock" />
      </span>
      <p className="eyebrow">{me.name}</p>
      <h1>{t('refused.title')}</h1>
      <p className="outage-next">{t('refused.detail', { role: t(`roles.${me.role}`) })}</p>
      <p>{t('refused.ask')}</p>
      <button type="button" className="button is-line is-large" onClick={signOut}>
        {t('nav.logout')}
      </button>
    </main>
  );
};
