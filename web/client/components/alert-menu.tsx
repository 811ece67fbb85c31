import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { AlertView } from '../../protocol.js';
import { useDesk, useMayActNow } from '../state/desk.js';
import { Icon } from './icon.js';
import { moreId, type OpenPanel } from './panel.js';

export interface AlertMenuProps {
  readonly alert: AlertView;
  readonly open: OpenPanel;
}

/** ⋯: everything that is not the one tap. */
export const AlertMenu = ({ alert, open }: AlertMenuProps) => {
  const { t } = useTranslation();
  const { act, me } = useDesk();
  const mayAct = useMayActNow();
  const isMine = alert.owner?.username === me.username;
  const isOver = alert.condition === 'ended' || alert.condition === 'pending';
  const canHold = mayAct && !isOver && (alert.workflow === 'open' || isMine);
  return (
    <MenuTrigger>
      <Button id={moreId(alert.id)} className="more" aria-label={t('card.more')}>
        <Icon name="more" />
      </Button>
      <Popover className="popover" placement="bottom end">
        <Menu className="menu" aria-label={t('card.more')}>
          {mayAct && alert.workflow === 'open' && (
            <MenuItem className="menu-item" onAction={() => void act(alert, { kind: 'claim' })}>
              <Icon name="hand" /> {t('menu.claim')}
            </MenuItem>
          )}
          {mayAct && isMine && (
            <MenuItem className="menu-item" onAction={() => open(alert.id, 'close')}>
              <Icon name="check" /> {t('menu.close')}
            </MenuItem>
          )}
          {canHold && (
            <MenuItem className="menu-item" onAction={() => open(alert.id, 'snooze')}>
              <Icon name="snooze" /> {t('menu.snooze')}
            </MenuItem>
          )}
          {mayAct && (
            <MenuItem className="menu-item" onAction={() => void act(alert, { kind: 'help' })}>
              <Icon name="help" /> {t('menu.help')}
            </MenuItem>
          )}
          {mayAct && isMine && (
            <MenuItem className="menu-item" onAction={() => void act(alert, { kind: 'release' })}>
              <Icon name="back" /> {t('menu.release')}
            </MenuItem>
          )}
          <MenuItem className="menu-item" onAction={() => open(alert.id, 'journal')}>
            <Icon name="note" /> {t('menu.journal')}
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
};
