import type { Language } from '../i18n/index.js';
import { createStore, type Store } from './store.js';

export type Theme = 'system' | 'day' | 'night';

/** What a person chose on this browser. */
export interface Preferences {
  readonly theme: Theme;
  readonly language: Language;
  readonly site: string | null;
  readonly flash: boolean;
  readonly shortcuts: boolean;
}

const KEY = 'vigie.preferences';
const DEFAULTS: Preferences = { theme: 'system', language: 'fr', site: null, flash: true, shortcuts: true };

const oneOf = <Value>(values: readonly Value[], value: unknown, otherwise: Value): Value =>
  values.includes(value as Value) ? (value as Value) : otherwise;

/** Preferences from stored text; anything unreadable is the default. */
export const readPreferences = (text: string | null): Preferences => {
  let stored: Partial<Record<keyof Preferences, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(text ?? '{}');
    if (typeof parsed === 'object' && parsed !== null) stored = parsed;
  } catch {
    stored = {};
  }
  return {
    theme: oneOf<Theme>(['system', 'day', 'night'], stored.theme, DEFAULTS.theme),
    language: oneOf<Language>(['fr', 'en'], stored.language, DEFAULTS.language),
    site: typeof stored.site === 'string' ? stored.site : null,
    flash: oneOf([true, false], stored.flash, DEFAULTS.flash),
    shortcuts: oneOf([true, false], stored.shortcuts, DEFAULTS.shortcuts),
  };
};

const load = (): string | null => {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
};

export const preferences: Store<Preferences, Partial<Preferences>> = createStore(
  readPreferences(load()),
  (state, change: Partial<Preferences>) => ({ ...state, ...change }),
);

/** Keeps the choices and the look of the page in step with `preferences`, from now on. */
export const applyPreferences = (): void => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = (): void => {
    const chosen = preferences.get();
    const theme = chosen.theme === 'system' ? (dark.matches ? 'night' : 'day') : chosen.theme;
    document.documentElement.dataset.theme = theme;
    document.documentElement.dataset.flash = chosen.flash ? 'on' : 'off';
  };
  apply();
  dark.addEventListener('change', apply);
  preferences.subscribe(() => {
    apply();
    try {
      localStorage.setItem(KEY, JSON.stringify(preferences.get()));
    } catch {
      // A browser that keeps nothing still shows everything.
    }
  });
};
