import type { ReactNode } from 'react';
import { messageParts } from '../state/message.js';

interface MessageProps {
  readonly text: string;
  /** The data stopped while the alert was on: the value is struck and « ? » stands for now. */
  readonly lost?: boolean;
}

/** The server's text with the weight on its value: « SpO₂ **87 %** < 90 % ». */
export const Message = ({ text, lost = false }: MessageProps): ReactNode => {
  const { what, value, limit } = messageParts(text);
  return (
    <span className={limit === '' ? 'message' : 'message is-measure'}>
      {what !== '' && <span className="message-what">{what}</span>}{' '}
      {lost ? (
        <>
          <s className="struck">{value}</s> <b className="message-value">?</b>
        </>
      ) : (
        <b className="message-value">{value}</b>
      )}{' '}
      {limit !== '' && !lost && <span className="message-limit">{limit}</span>}
    </span>
  );
};
