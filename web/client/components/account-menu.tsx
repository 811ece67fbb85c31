import { Button, Header, Menu, MenuItem, MenuSection, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { LANGUAGES } from '../i18n/index.js';
import { initials, useDesk } from '../state/desk.js';
import { preferences, type Theme } from '../state/preferences.js';
import { useStore } from '../state/store.js';

const THEMES = { system: 'nav.themeSystem', day: 'nav.themeDay', night: 'nav.themeNight' } as const;
const LANGUAGE_NAMES = { fr: 'Français', en: 'English' } as const;

/** Own name, looks, language, shortcuts, sign out. */
export const AccountMenu = () => {
  const { t } = useTranslation();
  const { me, signOut } = useDesk();
  const chosen = useStore(preferences, (state) => state);
  return (
    <MenuTrigger>
      <Button className="me" aria-label={`${me.name}, ${t(`roles.${me.role}`)} : ${t('nav.account')}`}>
        <span className="me-initials" aria-hidden="true">
          {initials(me.name)}
        </span>
        <span className="me-word" aria-hidden="true">
          {t('nav.accountShort')}
        </span>
      </Button>
      <Popover className="popover" placement="right bottom">
        <Menu className="menu" aria-label={t('nav.account')}>
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[chosen.theme]}
            onSelectionChange={(keys) => preferences.dispatch({ theme: [...keys][0] as Theme })}
          >
            <Header className="menu-head">{t('nav.theme')}</Header>
            {(Object.keys(THEMES) as Theme[]).map((theme) => (
              <MenuItem key={theme} id={theme} className="menu-item">
                {t(THEMES[theme])}
              </MenuItem>
            ))}
          </MenuSection>
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[chosen.language]}
            onSelectionChange={(keys) =>
              preferences.dispatch({
                language: LANGUAGES.find((language) => keys !== 'all' && keys.has(language)) ?? 'fr',
              })
            }
          >
            <Header className="menu-head">{t('nav.language')}</Header>
            {LANGUAGES.map((language) => (
              <MenuItem key={language} id={language} className="menu-item">
                {LANGUAGE_NAMES[language]}
              </MenuItem>
            ))}
          </MenuSection>
          <MenuSection
            selectionMode="multiple"
            selectedKeys={[chosen.flash ? 'flash' : '', chosen.shortcuts ? 'shortcuts' : '']}
            onSelectionChange={(keys) =>
              keys !== 'all' && preferences.dispatch({ flash: keys.has('flash'), shortcuts: keys.has('shortcuts') })
            }
          >
            <Header className="menu-head">{me.name}</Header>
            <MenuItem id="flash" className="menu-item">
              {t('nav.flash')}
            </MenuItem>
            <MenuItem id="shortcuts" className="menu-item">
              {t('nav.keys')}
            </MenuItem>
          </MenuSection>
          <MenuItem className="menu-item" onAction={signOut}>
            {t('nav.logout')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
};
