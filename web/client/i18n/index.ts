import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import { fr } from './fr.js';
import { spacedTree } from './typography.js';

export const LANGUAGES = ['fr', 'en'] as const;
export type Language = (typeof LANGUAGES)[number];

/** French is in the first script; the other languages come when somebody asks for them. */
const LOADERS: Record<Exclude<Language, 'fr'>, () => Promise<object>> = {
  en: async () => (await import('./en.js')).en,
};

/** Shows the page in this language; resolves when its texts are there. */
export const speak = async (language: Language): Promise<void> => {
  if (language !== 'fr' && !i18next.hasResourceBundle(language, 'translation')) {
    i18next.addResourceBundle(language, 'translation', await LOADERS[language]());
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
};

/** Ready synchronously, in French. */
export const startTexts = (): void => {
  void i18next.use(initReactI18next).init({
    lng: 'fr',
    fallbackLng: 'fr',
    resources: { fr: { translation: spacedTree(fr) } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
};
