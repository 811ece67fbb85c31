import { useTranslation } from 'react-i18next';
import { useDesk, useLive } from '../state/desk.js';
import { useStore } from '../state/store.js';
import type { Toast } from '../state/toasts.js';
import { Icon } from './icon.js';

const ToastView = ({ toast }: { readonly toast: Toast }) => {
  const { t } = useTranslation();
  const { toasts } = useDesk();
  const left = useLive((state) => Math.max(0, Math.floor((toast.until - state.clockAt) / 1000)));
  const { undo } = toast;
  return (
    <li className={`toast is-${toast.tone}${undo ? ' has-undo' : ''}`}>
      {toast.tone !== 'plain' && <Icon name={toast.tone === 'ok' ? 'check' : 'info'} />}
      <span>{toast.text}</span>
      {undo ? (
        <button
          type="button"
          className="button"
          onClick={() => {
            toasts.dismiss(toast.id);
            undo.run();
          }}
        >
          {t('toast.undo', { seconds: left })}
        </button>
      ) : (
        <button
          type="button"
          className="button toast-close"
          aria-label={t('toast.dismiss')}
          onClick={() => toasts.dismiss(toast.id)}
        >
          <Icon name="cross" />
        </button>
      )}
    </li>
  );
};

/** Short messages, bottom left; their words are also said by `#annonce-resume`. */
export const Toaster = () => {
  const { t } = useTranslation();
  const { toasts } = useDesk();
  const list = useStore(toasts, (state) => state);
  return (
    <section className="toasts" aria-label={t('toast.region')} data-react-aria-top-layer="true">
      <ul>
        {list.map((toast) => (
          <ToastView key={toast.id} toast={toast} />
        ))}
      </ul>
    </section>
  );
};
