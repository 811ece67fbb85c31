import { useTranslation } from 'react-i18next';
import { DESK_PATH, WALL_PATH } from '../state/route.js';
import { Icon, Mark } from './icon.js';
import { AccountMenu } from './menus.js';
import { ScreenLink } from './screen-link.js';

/** The way around; only screens that exist are named. */
export const Rail = ({ toTake, here }: { readonly toTake: number; readonly here: boolean }) => {
  const { t } = useTranslation();
  return (
    <nav className="rail" aria-label={t('nav.main')}>
      <span className="rail-mark">
        <Mark size={30} />
      </span>
      <ul className="rail-list">
        <li>
          <ScreenLink className="rail-link" href={DESK_PATH} aria-current={here ? 'page' : undefined}>
            <Icon name="desk" />
            <span>{t('nav.desk')}</span>
            {toTake > 0 && (
              <span className="rail-count">
                <span aria-hidden="true">{toTake}</span>
                <span className="unseen">{t('nav.toTake', { count: toTake })}</span>
              </span>
            )}
          </ScreenLink>
        </li>
      </ul>
      <div className="rail-end">
        <ScreenLink className="rail-link rail-wall" href={WALL_PATH}>
          <Icon name="wall" />
          <span>{t('nav.wall')}</span>
        </ScreenLink>
        <AccountMenu />
      </div>
    </nav>
  );
};
