import { useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Outcome } from '../../../domain/alert.js';
import type { AlertView } from '../../protocol.js';
import { useDesk, useLanguage, useLive, usePersonName } from '../state/desk.js';
import { Icon, type IconName } from './icon.js';

const ANSWERS = [
  ['checked_normal', 'check'],
  ['care_given', 'stethoscope'],
  ['doctor_called', 'phone'],
  ['emergency_called', 'phone'],
  ['false_reading', 'ban'],
  ['equipment', 'gear'],
] as const satisfies readonly (readonly [Outcome, IconName])[];

interface OutcomeSheetProps {
  readonly alert: AlertView;
  close(): void;
}

/** « Comment ça s'est terminé ? » One answer enables « Clore l'alerte »; the note is optional. */
export const OutcomeSheet = ({ alert, close }: OutcomeSheetProps) => {
  const { t } = useTranslation();
  const { act } = useDesk();
  const language = useLanguage();
  const person = usePersonName();
  const live = useLive((state) => state.phase === 'live');
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [note, setNote] = useState('');
  const [step, setStep] = useState<'asking' | 'sending' | 'failed'>('asking');
  const send = async (): Promise<void> => {
    if (outcome === null || step === 'sending') return;
    setStep('sending');
    const text = note.trim();
    const done = await act(alert, { kind: 'close', outcome, ...(text === '' ? {} : { note: text }) });
    if (done) close();
    else setStep('failed');
  };
  const who = [alert.resident && person(alert.resident), alert.message[language]].filter(Boolean).join(' · ');
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={close}>
      <Modal className="sheet">
        <Dialog className="sheet-dialog">
          <Heading slot="title" className="sheet-title">
            {t('outcome.title')}
          </Heading>
          <p className="sheet-hint">{t('outcome.hint', { who })}</p>
          <form
            onSubmit={(event) => {
              event.preventDefault();
              void send();
            }}
          >
            <fieldset className="answers">
              <legend className="unseen">{t('outcome.answers')}</legend>
              {ANSWERS.map(([answer, icon]) => (
                <label key={answer}>
                  <input
                    type="radio"
                    className="unseen"
                    name="issue"
                    checked={outcome === answer}
                    onChange={() => setOutcome(answer)}
                  />
                  <Icon name={icon} />
                  {t(`outcome.${answer}`)}
                </label>
              ))}
            </fieldset>
            <input
              className="input is-large"
              aria-label={t('outcome.note')}
              placeholder={t('outcome.note')}
              maxLength={2000}
              value={note}
              onChange={(event) => setNote(event.target.value)}
            />
            {step === 'failed' && (
              <p className="error" role="alert">
                <Icon name="info" /> {t('outcome.failed')}
              </p>
            )}
            <div className="sheet-actions">
              <button type="button" className="button is-line is-large" onClick={close}>
                {t('outcome.cancel')}
              </button>
              <button
                type="submit"
                className="button is-primary is-large"
                disabled={outcome === null || !live}
                aria-busy={step === 'sending'}
              >
                {live ? t(step === 'sending' ? 'outcome.closing' : 'outcome.close') : t('card.offline')}
              </button>
            </div>
          </form>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};
