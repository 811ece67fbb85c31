import { useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { MINUTE } from '../../../domain/time.js';
import type { AlertView } from '../../protocol.js';
import { useDesk, useFormats, useNow } from '../state/desk.js';

const LENGTHS = [10, 30, 60] as const;
const REASONS = ['treated', 'caring', 'usual'] as const;

interface SnoozePanelProps {
  readonly alert: AlertView;
  close(): void;
}

/** Two taps: the reason sends it, for 30 min unless told otherwise. Never without an end. */
export const SnoozePanel = ({ alert, close }: SnoozePanelProps) => {
  const { t } = useTranslation();
  const { act } = useDesk();
  const now = useNow();
  const formats = useFormats(alert.site);
  const [minutes, setMinutes] = useState<(typeof LENGTHS)[number]>(30);
  const [other, setOther] = useState<string | null>(null);
  const snooze = (reason: string): void => {
    void act(alert, { kind: 'snooze', minutes, reason });
    close();
  };
  const until = formats.time(now + minutes * MINUTE);
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={close}>
      <Modal className="sheet is-narrow">
        <Dialog className="sheet-dialog">
          <Heading slot="title" className="sheet-title">
            {t('snooze.title')}
          </Heading>
          <fieldset className="lengths">
            <legend className="unseen">{t('snooze.duration')}</legend>
            {LENGTHS.map((length) => (
              <label key={length}>
                <input
                  type="radio"
                  className="unseen"
                  name="duree"
                  checked={minutes === length}
                  onChange={() => setMinutes(length)}
                />
                {t('snooze.minutes', { count: length })}
              </label>
            ))}
          </fieldset>
          {REASONS.map((reason, index) => (
            <button key={reason} type="button" className="menu-item" onClick={() => snooze(t(`snooze.${reason}`))}>
              {t(`snooze.${reason}`)}
              {index === 0 && <span className="muted">{until}</span>}
            </button>
          ))}
          {other === null ? (
            <button type="button" className="menu-item" onClick={() => setOther('')}>
              {t('snooze.other')}
            </button>
          ) : (
            <form
              className="other-reason"
              onSubmit={(event) => {
                event.preventDefault();
                if (other.trim() !== '') snooze(other.trim());
              }}
            >
              <label htmlFor="motif">{t('snooze.reason')}</label>
              <input
                id="motif"
                className="input"
                autoFocus
                maxLength={500}
                value={other}
                onChange={(event) => setOther(event.target.value)}
              />
              <button type="submit" className="button is-primary" disabled={other.trim() === ''}>
                {t('snooze.confirm', { count: minutes })}
              </button>
            </form>
          )}
          <p className="sheet-foot">{t('snooze.foot')}</p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};
