import { useTranslation } from 'react-i18next';
import type { SiteView } from '../../protocol.js';
import { useDesk } from '../state/desk.js';
import type { Scope } from '../state/queue.js';
import { Icon } from './icon.js';
import { LiveState } from './live-state.js';
import { SiteMenu } from './menus.js';

interface TopBarProps {
  readonly scope: Scope;
  readonly elsewhere: number;
  /** Filters by unit only where a list of people is shown. */
  readonly units: boolean;
  onScope(scope: Scope): void;
}

const ALL = '*';

const UnitFilter = ({ site, scope, onScope }: { readonly site: SiteView } & Pick<TopBarProps, 'scope' | 'onScope'>) => {
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
export const TopBar = ({ scope, elsewhere, units, onScope }: TopBarProps) => {
  const { t } = useTranslation();
  const { sites } = useDesk();
  const site = scope.site === null ? undefined : sites.get(scope.site);
  return (
    <header className="top">
      <SiteMenu scope={scope} onScope={onScope} />
      {units && site && site.units.length > 0 && <UnitFilter site={site} scope={scope} onScope={onScope} />}
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
