import { useCallback, useDeferredValue, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useDesk, useLive } from '../state/desk.js';
import type { Scope } from '../state/queue.js';
import { goTo, residentPath } from '../state/route.js';
import { type ResidentSort, rowsOf } from '../state/residents.js';
import { Icon } from './icon.js';
import { SortMenu } from './menus.js';
import { lineLinkId, ResidentLine } from './resident-line.js';

const COLUMNS = ['spo2', 'pulse', 'bp', 'temperature', 'rr'] as const;

/** What the list looked like when a resident was opened; the way back restores it. */
export interface ListMemory {
  readonly sort: ResidentSort;
  readonly search: string;
  readonly opened: { readonly resident: string; readonly top: number; readonly pageTop: number } | null;
}
export const emptyList: ListMemory = { sort: 'severity', search: '', opened: null };

interface ResidentsProps {
  readonly scope: Scope;
  readonly memory: ListMemory;
  onMemory(change: Partial<ListMemory>): void;
}

/** Everybody who is followed, worst first, each value with its age. */
export const Residents = ({ scope, memory, onMemory }: ResidentsProps) => {
  const { t } = useTranslation();
  const { residents } = useDesk();
  const alerts = useLive((state) => state.alerts);
  const { sort, search } = memory;
  const setSort = (next: ResidentSort): void => onMemory({ sort: next });
  const setSearch = (next: string): void => onMemory({ search: next });
  const table = useRef<HTMLDivElement>(null);
  const opened = useRef(memory.opened);
  useLayoutEffect(() => {
    if (opened.current === null) return;
    const { resident, top, pageTop } = opened.current;
    opened.current = null;
    if (table.current) table.current.scrollTop = top;
    window.scrollTo(0, pageTop);
    document.getElementById(lineLinkId(resident))?.focus({ preventScroll: true });
  }, []);
  const open = useCallback(
    (resident: string): void => {
      onMemory({ opened: { resident, top: table.current?.scrollTop ?? 0, pageTop: window.scrollY } });
      goTo(residentPath(resident));
    },
    [onMemory],
  );
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
      <div className="table" ref={table} role="table" aria-labelledby="residents-titre" tabIndex={0}>
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
          <ResidentLine key={row.resident.id} resident={row.resident} alerts={row.alerts} open={open} />
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
