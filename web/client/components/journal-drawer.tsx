import { useEffect, useState } from 'react';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { metricDefinition } from '../../../domain/metrics.js';
import * as api from '../api/calls.js';
import type { AlertDetail, AlertEventView, AlertView } from '../../protocol.js';
import { fr } from '../i18n/fr.js';
import { useFormats, useLanguage, usePersonName } from '../state/desk.js';
import { levelOf } from '../state/queue.js';
import { Icon } from './icon.js';
import { LevelBadge } from './level-badge.js';
import { Message } from './message.js';

type Kind = keyof typeof fr.journal.kinds;
const isKind = (kind: string): kind is Kind => Object.hasOwn(fr.journal.kinds, kind);

const Step = ({ event, site }: { readonly event: AlertEventView; readonly site: string }) => {
  const { t } = useTranslation();
  const formats = useFormats(site);
  const actor =
    event.actor.name ?? (event.actor.kind === 'rule' ? t('journal.rule', { id: event.actor.id }) : t('journal.system'));
  return (
    <li>
      <time dateTime={event.at}>{formats.exactTime(Date.parse(event.at))}</time>
      <p>
        <b>{isKind(event.kind) ? t(`journal.kinds.${event.kind}`) : event.kind}</b>
        <small>{[actor, event.reason].filter(Boolean).join(' · ')}</small>
      </p>
    </li>
  );
};

const Proof = ({ detail }: { readonly detail: AlertDetail }) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const formats = useFormats(detail.site);
  return (
    <ol className="journal">
      {detail.evidence.map((one) => (
        <li key={one.reading}>
          <time dateTime={one.time}>{formats.exactTime(Date.parse(one.time))}</time>
          <p>
            <b>
              {metricDefinition(one.metric).label[language]}{' '}
              {typeof one.value === 'number' && formats.value(one.metric, one.value)}
            </b>
            {one.limit !== null && <small>{t('journal.limit', { limit: formats.number(one.limit) })}</small>}
          </p>
        </li>
      ))}
    </ol>
  );
};

interface JournalDrawerProps {
  readonly id: string;
  /** As shown on the page; null when only the server knows it. */
  readonly known: AlertView | null;
  close(): void;
}

/** Reading → alert → people → outcome, in server time. Read again whenever the alert changes. */
export const JournalDrawer = ({ id, known, close }: JournalDrawerProps) => {
  const { t } = useTranslation();
  const language = useLanguage();
  const person = usePersonName();
  const [detail, setDetail] = useState<AlertDetail | 'failed' | null>(null);
  const version = known?.version ?? 0;
  useEffect(() => {
    let isCurrent = true;
    api.alertDetail(id).then(
      (answer) => isCurrent && setDetail(answer),
      () => isCurrent && setDetail((old) => old ?? 'failed'),
    );
    return () => {
      isCurrent = false;
    };
  }, [id, version]);
  const alert = known ?? (detail === 'failed' ? null : detail);
  const room = alert?.room ?? alert?.resident?.room ?? null;
  return (
    <ModalOverlay className="scrim" isOpen isDismissable onOpenChange={close}>
      <Modal className="drawer">
        <Dialog className="drawer-dialog">
          <header className="drawer-head">
            {alert && <LevelBadge level={levelOf(alert)} workflow={alert.workflow} />}
            <Heading slot="title" className="sheet-title">
              {t('journal.title')}
            </Heading>
            <button type="button" className="button is-quiet" aria-label={t('journal.close')} onClick={close}>
              <Icon name="cross" />
            </button>
          </header>
          <p className="drawer-who">
            {room !== null && <b>{t('card.room', { room })}</b>} {alert?.resident && person(alert.resident)}
          </p>
          {alert && (
            <p className="drawer-what">
              <Message text={alert.message[language]} />
            </p>
          )}
          {detail === null && <p className="muted">{t('journal.loading')}</p>}
          {detail === 'failed' && <p className="error">{t('journal.failed')}</p>}
          {detail !== null && detail !== 'failed' && (
            <>
              {detail.evidence.length > 0 && <h3>{t('journal.evidence')}</h3>}
              <Proof detail={detail} />
              <h3>{t('journal.events')}</h3>
              {detail.events.length === 0 && <p className="muted">{t('journal.none')}</p>}
              <ol className="journal">
                {detail.events.map((event, index) => (
                  <Step key={`${event.at} ${index}`} event={event} site={detail.site} />
                ))}
              </ol>
            </>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
};
