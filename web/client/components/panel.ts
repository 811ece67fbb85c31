export type PanelKind = 'snooze' | 'close' | 'journal';

/** Opens a panel about an alert; focus comes back to its card afterwards. */
export type OpenPanel = (alert: string, kind: PanelKind) => void;

/** The « … » button of a card. */
export const moreId = (alert: string): string => `autres-${alert}`;
