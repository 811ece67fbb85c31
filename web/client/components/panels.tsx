import { useEffect, useRef } from 'react';
import type { AlertView } from '../../protocol.js';
import { cardId } from './alert-card.js';
import { JournalDrawer } from './journal-drawer.js';
import { OutcomeSheet } from './outcome-sheet.js';
import type { PanelKind } from './panel.js';
import { SnoozePanel } from './snooze-panel.js';

interface PanelsProps {
  readonly alert: AlertView;
  readonly kind: PanelKind;
  close(): void;
}

/** The panel of one alert; closing it gives the focus back to the card. Loaded when first needed. */
const Panels = ({ alert, kind, close }: PanelsProps) => {
  const id = useRef(cardId(alert.id));
  useEffect(() => {
    const card = id.current;
    return () => document.getElementById(card)?.focus();
  }, []);
  if (kind === 'snooze') return <SnoozePanel alert={alert} close={close} />;
  return kind === 'close' ? (
    <OutcomeSheet alert={alert} close={close} />
  ) : (
    <JournalDrawer alert={alert} close={close} />
  );
};
export default Panels;
