import { useDeferredValue, useMemo, useState } from 'react';
import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useDesk, useLive } from '../state/desk.js';
import type { Scope } from '../state/queue.js';
import { type ResidentSort, rowsOf } from '../state/residents.js';
import { Icon } from './icon.js';
import { ResidentLine } from './resident-line.js';

const SORTS: readonly ResidentSort[] = ['severity', 'room', 'name'];
const COLUMNS = ['spo2', 'pulse', 'bp', 'temperature', 'rr'] as const;

const SortMenu = ({ sort, onSort }: { readonly sort: ResidentSort; onSort(sort: ResidentSort): void }) => {
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

/** Everybody who is followed, worst first, each value with its age. */
export const Residents = ({ scope }: { readonly scope: Scope }) => {
  const { t } = useTranslation();
  const { residents } = useDesk();
  const alerts = useLive((state) => state.alerts);
  const [sort, setSort] = useState<ResidentSort>('severity');
  const [search, setSearch] = useState('');
  const wanted = useDeferredValue(search);
  const all = useMemo(() => [...residents.values()], [residents]);
  const rows = useMemo(
    () => rowsOf({ residents: all, alerts: alerts.values(), scope, sort, search: wanted }),
    [all, alerts, scope, sort, wanted],
  );
  const everybody = useMemo(
    () => rowsOf({ residents: all, alerts: alerts.values(), scope, sort: 'room', search: '' }),
    [all, alerts, scope],
  );
  const calm = everybody.filter((row) => row.alerts.length === 0).length;
  return (
    <section className="panel residents" aria-labelledby="residents-titre">
      <div className="panel-head">
        <h2 id="residents-titre">{t('residents.title')}</h2>
        <span className="muted residents-sum">{t('residents.summary', { count: everybody.length, calm })}</span>
        <label className="chip search">
          <Icon name="search" />
          <input
            id="chercher"
            type="search"
            autoComplete="off"
            placeholder={t('residents.search')}
            aria-label={t('residents.search')}
            value={search}
            onChange={(event) => setSearch(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== 'Escape') return;
              setSearch('');
              event.currentTarget.blur();
            }}
          />
        </label>
        <SortMenu sort={sort} onSort={setSort} />
      </div>
      <div className="table" role="table" aria-labelledby="residents-titre" tabIndex={0}>
        <div role="row" className="line is-head">
          <span role="columnheader">{t('residents.columns.resident')}</span>
          <span role="columnheader">{t('residents.columns.news2')}</span>
          {COLUMNS.map((column) => (
            <span role="columnheader" key={column}>
              {t(`residents.columns.${column}`)} <i>{t(`residents.units.${column}`)}</i>
            </span>
          ))}
        </div>
        {rows.map((row) => (
          <ResidentLine key={row.resident.id} resident={row.resident} alerts={row.alerts} />
        ))}
        {rows.length === 0 && (
          <div role="row" className="line is-note">
            <span role="cell">{wanted === '' ? t('residents.nobody') : t('residents.none', { search: wanted })}</span>
          </div>
        )}
      </div>
    </section>
  );
};
