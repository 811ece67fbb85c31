import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { ResidentSort } from '../state/residents.js';
import { Icon } from './icon.js';

const SORTS: readonly ResidentSort[] = ['severity', 'room', 'name'];

export const SortMenu = ({ sort, onSort }: { readonly sort: ResidentSort; onSort(sort: ResidentSort): void }) => {
  const { t } = useTranslation();
  return (
    <MenuTrigger>
      <Button className="chip">
        {t('residents.sort', { sort: t(`residents.${sort}`) })} <Icon name="down" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu
          className="menu"
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[sort]}
          onSelectionChange={(keys) => {
            const next = keys === 'all' ? undefined : SORTS.find((one) => keys.has(one));
            if (next) onSort(next);
          }}
        >
          {SORTS.map((one) => (
            <MenuItem key={one} id={one} className="menu-item">
              {t(`residents.${one}`)}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
};
