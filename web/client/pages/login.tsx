import { type SubmitEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/calls.js';
import { ApiError } from '../api/http.js';
import { Icon, Mark } from '../components/icon.js';
import { Horizon } from '../components/horizon.js';
import type { Me } from '../../protocol.js';
import { preferences } from '../state/preferences.js';

type Fault = 'wrong' | 'tooMany' | 'unreachable' | 'needed';

const faultOf = (error: unknown): Fault => {
  const status = error instanceof ApiError ? error.status : 0;
  if (status === 429) return 'tooMany';
  return status === 401 || status === 400 || status === 403 || status === 422 ? 'wrong' : 'unreachable';
};

interface LoginProps {
  /** The session ended while the page was open. */
  readonly ended: boolean;
  onSignedIn(me: Me): void;
}

/** Local accounts. */
export const Login = ({ ended, onSignedIn }: LoginProps) => {
  const { t, i18n } = useTranslation();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    document.title = `${t('login.title')} — ${t('app.name')}`;
  }, [t]);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    if (username.trim() === '' || password === '') {
      setFault('needed');
      return;
    }
    setBusy(true);
    setFault(null);
    try {
      onSignedIn(await api.signIn(username.trim(), password));
    } catch (error) {
      setFault(faultOf(error));
      setBusy(false);
    }
  };
  const isBad = fault === 'wrong' || fault === 'needed';
  return (
    <div className="login">
      <header className="login-art">
        <Horizon />
        <div className="login-words">
          <Mark size={56} />
          <p className="login-name">{t('app.name')}</p>
          <p className="login-claim">{t('login.claim')}</p>
        </div>
      </header>
      <main className="login-side">
        <form className="login-form" noValidate onSubmit={(event) => void submit(event)}>
          <div>
            <p className="eyebrow">{t('login.place')}</p>
            <h1>{t('login.title')}</h1>
          </div>
          {ended && <p className="login-ended">{t('login.ended')}</p>}
          <div className="field">
            <label htmlFor="identifiant">{t('login.username')}</label>
            <input
              id="identifiant"
              className={`input is-large${isBad ? ' is-bad' : ''}`}
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              autoFocus
              aria-invalid={isBad}
              value={username}
              onChange={(event) => setUsername(event.target.value)}
            />
          </div>
          <div className="field">
            <label htmlFor="mot-de-passe">{t('login.password')}</label>
            <input
              id="mot-de-passe"
              type="password"
              className={`input is-large${isBad ? ' is-bad' : ''}`}
              autoComplete="current-password"
              aria-invalid={isBad}
              aria-describedby="connexion-erreur"
              value={password}
              onChange={(event) => setPassword(event.target.value)}
            />
            <p className="error" id="connexion-erreur" role="alert">
              {fault && (
                <>
                  <Icon name="info" />
                  {t(`login.${fault}`)}
                </>
              )}
            </p>
          </div>
          <button type="submit" className="button is-primary is-huge" disabled={busy}>
            {t(busy ? 'login.busy' : 'login.submit')}
          </button>
          <p className="help">{t('login.help')}</p>
        </form>
        <footer className="login-foot">
          <p>
            {t('app.notEmergencyService')} <b>{t('app.emergency')}</b>
          </p>
          <p>
            <button
              type="button"
              className="link"
              lang={i18n.language === 'en' ? 'fr' : 'en'}
              onClick={() => preferences.dispatch({ language: i18n.language === 'en' ? 'fr' : 'en' })}
            >
              {t('login.otherLanguage')}
            </button>
          </p>
        </footer>
      </main>
    </div>
  );
};
