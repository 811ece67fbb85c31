/**
 * The menus come in a script of their own, asked for right after the desk: the queue is on screen before them. Until
 * then their buttons stand in the same place with the same look.
 */
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { SiteView } from '../../protocol.js';
import { initials, useDesk } from '../state/desk.js';
import type { ResidentSort } from '../state/residents.js';
import type { AlertMenuProps } from './alert-menu.js';
import { Icon } from './icon.js';
import type { SiteMenuProps } from './site-menu.js';

const LazyAccount = lazy(async () => ({ default: (await import('./account-menu.js')).AccountMenu }));
const LazyAlert = lazy(async () => ({ default: (await import('./alert-menu.js')).AlertMenu }));
const LazySite = lazy(async () => ({ default: (await import('./site-menu.js')).SiteMenu }));
const LazySort = lazy(async () => ({ default: (await import('./sort-menu.js')).SortMenu }));

export const AccountMenu = () => {
  const { t } = useTranslation();
  const { me } = useDesk();
  const waiting = (
    <button type="button" className="me" aria-label={t('nav.account')} aria-busy>
      <span className="me-initials" aria-hidden="true">
        {initials(me.name)}
      </span>
      <span className="me-word" aria-hidden="true">
        {t('nav.accountShort')}
      </span>
    </button>
  );
  return (
    <Suspense fallback={waiting}>
      <LazyAccount />
    </Suspense>
  );
};

export const AlertMenu = (props: AlertMenuProps) => {
  const { t } = useTranslation();
  const waiting = (
    <button type="button" className="more" aria-label={t('card.more')} aria-busy>
      <Icon name="more" />
    </button>
  );
  return (
    <Suspense fallback={waiting}>
      <LazyAlert {...props} />
    </Suspense>
  );
};

/** The name of a site on two lines; « EHPAD » goes where there is no room. */
export const SiteLabel = ({ site }: { readonly site: SiteView | null }) => {
  const { t } = useTranslation();
  const name = site?.name ?? t('top.allSites');
  const kind = name.startsWith('EHPAD ') ? 'EHPAD' : '';
  return (
    <span>
      <b>
        {kind !== '' && <span className="site-kind">{kind} </span>}
        {name.slice(kind.length).trim()}
      </b>
      <small>{t('top.watch')}</small>
    </span>
  );
};

export const SiteMenu = (props: SiteMenuProps) => {
  const { sites } = useDesk();
  const label = <SiteLabel site={(props.scope.site === null ? null : sites.get(props.scope.site)) ?? null} />;
  if (sites.size < 2) return <div className="site">{label}</div>;
  const waiting = (
    <button type="button" className="site" aria-busy>
      {label}
      <Icon name="down" />
    </button>
  );
  return (
    <Suspense fallback={waiting}>
      <LazySite {...props} />
    </Suspense>
  );
};

export const SortMenu = (props: { readonly sort: ResidentSort; onSort(sort: ResidentSort): void }) => {
  const { t } = useTranslation();
  const waiting = (
    <button type="button" className="chip" aria-busy>
      {t('residents.sort', { sort: t(`residents.${props.sort}`) })} <Icon name="down" />
    </button>
  );
  return (
    <Suspense fallback={waiting}>
      <LazySort {...props} />
    </Suspense>
  );
};
