import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useDesk } from '../state/desk.js';
import { preferences } from '../state/preferences.js';
import type { Scope } from '../state/queue.js';
import { Icon } from './icon.js';
import { SiteLabel } from './menus.js';

export interface SiteMenuProps {
  readonly scope: Scope;
  onScope(scope: Scope): void;
}

const ALL = '*';

export const SiteMenu = ({ scope, onScope }: SiteMenuProps) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const current = scope.site === null ? null : sites.get(scope.site);
  const name = current?.name ?? t('top.allSites');
  const ordered = [...sites.values()].sort(
    (a, b) =>
      Number(a.kind === 'home') - Number(b.kind === 'home') || a.name.localeCompare(b.name, 'fr', { numeric: true }),
  );
  const choose = (key: string): void => {
    const site = key === ALL ? null : key;
    preferences.dispatch({ site: site ?? ALL });
    onScope({ site, unit: null });
  };
  return (
    <MenuTrigger>
      <Button className="site" aria-label={t('top.site', { name })}>
        <SiteLabel site={current ?? null} />
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
