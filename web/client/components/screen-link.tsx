import type { AnchorHTMLAttributes, MouseEvent } from 'react';
import { goTo } from '../state/route.js';

interface ScreenLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly href: string;
}

/** A plain click stays in the page; a modified one is the browser's, as for any link. */
export const ScreenLink = ({ href, onClick, ...rest }: ScreenLinkProps) => (
  <a
    {...rest}
    href={href}
    onClick={(event: MouseEvent<HTMLAnchorElement>) => {
      onClick?.(event);
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      goTo(href);
    }}
  />
);
