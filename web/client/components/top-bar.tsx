import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { SiteView } from '../../protocol.js';
import { useDesk } from '../state/desk.js';
import { preferences } from '../state/preferences.js';
import type { Scope } from '../state/queue.js';
import { Icon } from './icon.js';
import { LiveState } from './live-state.js';

interface TopBarProps {
  readonly scope: Scope;
  readonly elsewhere: number;
  onScope(scope: Scope): void;
}

const ALL = '*';

const SiteMenu = ({ scope, onScope }: Omit<TopBarProps, 'elsewhere'>) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const current = scope.site === null ? null : sites.get(scope.site);
  const name = current?.name ?? t('top.allSites');
  const kind = name.startsWith('EHPAD ') ? 'EHPAD' : '';
  const ordered = [...sites.values()].sort(
    (a, b) =>
      Number(a.kind === 'home') - Number(b.kind === 'home') || a.name.localeCompare(b.name, 'fr', { numeric: true }),
  );
  const choose = (key: string): void => {
    const site = key === ALL ? null : key;
    preferences.dispatch({ site: site ?? ALL });
    onScope({ site, unit: null });
  };
  const label = (
    <span>
      <b>
        {kind !== '' && <span className="site-kind">{kind} </span>}
        {name.slice(kind.length).trim()}
      </b>
      <small>{t('top.watch')}</small>
    </span>
  );
  if (sites.size < 2) return <div className="site">{label}</div>;
  return (
    <MenuTrigger>
      <Button className="site" aria-label={t('top.site', { name })}>
        {label}
        <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom start">
        <Menu
          className="menu"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[scope.site ?? ALL]}
          onAction={(key) => choose(String(key))}
        >
          <MenuItem id={ALL} className="menu-item">
            {t('top.allSites')}
          </MenuItem>
          {ordered.map((site) => (
            <MenuItem key={site.id} id={site.id} className="menu-item">
              {site.name}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
};

const UnitFilter = ({ site, scope, onScope }: { readonly site: SiteView } & Omit<TopBarProps, 'elsewhere'>) => {
  const { t } = useTranslation();
  const { residents } = useDesk();
  const here = [...residents.values()].filter((resident) => resident.site === site.id);
  const choices = [
    { id: null, name: t('top.allUnits'), count: here.length },
    ...site.units.map(({ id, name }) => ({ id, name, count: here.filter(({ unit }) => unit === id).length })),
  ];
  return (
    <fieldset className="units">
      <legend className="unseen">{t('top.unit')}</legend>
      {choices.map(({ id, name, count }) => (
        <label key={id ?? ALL}>
          <input
            type="radio"
            name="unite"
            className="unseen"
            checked={scope.unit === id}
            onChange={() => onScope({ site: site.id, unit: id })}
          />
          {name} <span>{count}</span>
        </label>
      ))}
    </fieldset>
  );
};

/** Where we look, and the proof that the page is alive. */
export const TopBar = ({ scope, elsewhere, onScope }: TopBarProps) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const site = scope.site === null ? undefined : sites.get(scope.site);
  return (
    <header className="top">
      <SiteMenu scope={scope} onScope={onScope} />
      {site && site.units.length > 0 && <UnitFilter site={site} scope={scope} onScope={onScope} />}
      {elsewhere > 0 && (
        <button type="button" className="chip elsewhere" onClick={() => onScope({ site: null, unit: null })}>
          <Icon name="bell" />
          {t('top.elsewhere', { count: elsewhere })}
        </button>
      )}
      <LiveState site={scope.site} />
    </header>
  );
};
