import { useEffect, useRef } from 'react';
import type { AlertView } from '../../protocol.js';
import { cardId } from './alert-card.js';
import { JournalDrawer } from './journal-drawer.js';
import { OutcomeSheet } from './outcome-sheet.js';
import type { PanelKind } from './panel.js';
import { SnoozePanel } from './snooze-panel.js';

interface PanelsProps {
  readonly alert: string;
  /** Null for an alert that was closed before this page opened: only its journal can be read. */
  readonly known: AlertView | null;
  readonly kind: PanelKind;
  close(): void;
}

/** The panel of one alert; closing it gives the focus back to its card, or to what opened it. Loaded when needed. */
const Panels = ({ alert, known, kind, close }: PanelsProps) => {
  const opener = useRef(document.activeElement);
  useEffect(() => {
    const from = opener.current;
    return () => {
      if (from instanceof HTMLElement && from.isConnected && from !== document.body && !from.closest('.card'))
        from.focus();
      else document.getElementById(cardId(alert))?.focus();
    };
  }, [alert]);
  if (kind === 'journal' || !known) return <JournalDrawer id={alert} known={known} close={close} />;
  return kind === 'snooze' ? <SnoozePanel alert={known} close={close} /> : <OutcomeSheet alert={known} close={close} />;
};
export default Panels;
