import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/card.css';
import './styles/residents.css';
import './styles/overlays.css';
import './styles/pages.css';
import './styles/reflow.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.js';
import { speak, startTexts } from './i18n/index.js';
import { applyPreferences, preferences } from './state/preferences.js';

startTexts();
applyPreferences();

let language = 'fr';
const followLanguage = (): void => {
  const chosen = preferences.get().language;
  if (chosen === language) return;
  language = chosen;
  speak(chosen).catch(() => undefined);
};
followLanguage();
preferences.subscribe(followLanguage);

const root = document.getElementById('vigie');
if (root) createRoot(root).render(<App />);
