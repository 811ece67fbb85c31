import type { ReactElement } from 'react';

const SHAPES = {
  desk: <path d="M4 4.5h7v6.5H4zM4 15h7v4.5H4zM15 4.5h5V9h-5zM15 13h5v6.5h-5z" />,
  user: (
    <>
      <circle cx="12" cy="8.2" r="3.6" />
      <path d="M4.8 20c.7-4 3.6-6 7.2-6s6.5 2 7.2 6" />
    </>
  ),
  more: (
    <g fill="currentColor" stroke="none">
      <circle cx="5.5" cy="12" r="1.7" />
      <circle cx="12" cy="12" r="1.7" />
      <circle cx="18.5" cy="12" r="1.7" />
    </g>
  ),
  down: <path d="M6 9.5l6 6 6-6" />,
  soundOn: <path d="M4 9.7v4.6h3.2l4.3 3.9V5.8L7.2 9.7zM15 9.3a4 4 0 010 5.4M17.7 6.6a7.7 7.7 0 010 10.8" />,
  soundOff: <path d="M4 9.7v4.6h3.2l4.3 3.9V5.8L7.2 9.7zM15.5 9.5l5 5M20.5 9.5l-5 5" />,
  pause: <path d="M9 5.5v13M15 5.5v13" />,
  hand: (
    <path d="M8 13V6.2a1.5 1.5 0 013 0V11M11 11V4.7a1.5 1.5 0 013 0V11M14 11V6.2a1.5 1.5 0 013 0v7.6c0 4.2-2.2 6.7-5.5 6.7-2.6 0-4.1-1.2-5.3-3.3l-2.3-4a1.5 1.5 0 012.5-1.6L8 13.5" />
  ),
  gear: (
    <>
      <circle cx="12" cy="12" r="2.6" />
      <path d="M12 3v2.8M12 18.2V21M3 12h2.8M18.2 12H21M5.64 5.64l1.98 1.98M16.38 16.38l1.98 1.98M5.64 18.36l1.98-1.98M16.38 7.62l1.98-1.98" />
      <circle cx="12" cy="12" r="6.3" />
    </>
  ),
  left: <path d="M14.5 6l-6 6 6 6" />,
  device: (
    <>
      <rect x="7" y="3" width="10" height="18" rx="2.6" />
      <path d="M10.5 17.5h3M10 7h4" />
    </>
  ),
  wall: <path d="M3.5 5h17v11h-17zM12 16v4M8 20h8" />,
  cross: <path d="M6 6l12 12M18 6L6 18" />,
  search: (
    <>
      <circle cx="11" cy="11" r="6.2" />
      <path d="M15.7 15.7L20 20" />
    </>
  ),
  timer: (
    <>
      <circle cx="12" cy="13.5" r="7.2" />
      <path d="M12 9.5v4M9.7 2.8h4.6M18.3 6.7l1-1" />
    </>
  ),
  offline: (
    <>
      <path d="M3.5 3.5l17 17M4.5 9.8A11 11 0 018.4 7.5M19.5 9.8a11 11 0 00-7-2.9M7.6 13.2a7 7 0 013.2-1.7M16.4 13.2a7 7 0 00-1.2-.9" />
      <circle cx="12" cy="17.5" r=".9" fill="currentColor" />
    </>
  ),
  refresh: <path d="M19.5 12a7.5 7.5 0 11-2.2-5.3L20 9M20 4.3V9h-4.7" />,
  check: <path d="M5 12.5l4.5 4.5L19 7.5" />,
  snooze: (
    <>
      <path d="M5.2 4.2L2.8 6.6M18.8 4.2l2.4 2.4" />
      <circle cx="12" cy="13" r="7.5" />
      <path d="M9.7 10.5h4.6l-4.6 5h4.6" />
    </>
  ),
  help: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <circle cx="12" cy="12" r="3.5" />
      <path d="M6 6l3.5 3.5M18 6l-3.5 3.5M6 18l3.5-3.5M18 18l-3.5-3.5" />
    </>
  ),
  info: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M12 11v5.3M12 7.7v.1" />
    </>
  ),
  stethoscope: (
    <>
      <path d="M6 4H4.5v5a4.5 4.5 0 009 0V4H12M9 13.5v2.2a4.3 4.3 0 008.6 0V13" />
      <circle cx="17.6" cy="11" r="2" />
    </>
  ),
  phone: (
    <path d="M6.5 3.5h2.8l1.6 4.3-2 1.6c1 2.3 2.8 4.1 5.1 5.1l1.6-2 4.3 1.6v2.9c0 1.4-1.1 2.5-2.5 2.5C10.3 19.5 4 13.2 4 6c0-1.4 1.1-2.5 2.5-2.5z" />
  ),
  ban: (
    <>
      <circle cx="12" cy="12" r="8.5" />
      <path d="M6 6l12 12" />
    </>
  ),
  bell: <path d="M6 16.5V11a6 6 0 0112 0v5.5l1.5 2h-15zM10 21.2h4" />,
  eye: (
    <>
      <path d="M2.8 12C5 8 8.2 6 12 6s7 2 9.2 6c-2.2 4-5.4 6-9.2 6s-7-2-9.2-6z" />
      <circle cx="12" cy="12" r="2.7" />
    </>
  ),
  note: <path d="M6 3.5h8l4.5 4.5v12.5H6zM14 3.5V8h4.5M9 12.5h6M9 16.3h4" />,
  back: <path d="M8.5 6.5L4 11l4.5 4.5M4 11h10a5.5 5.5 0 010 11h-2" transform="translate(0 -2.5)" />,
  lock: (
    <>
      <rect x="5" y="11" width="14" height="9.5" rx="2" />
      <path d="M8 11V8a4 4 0 018 0v3" />
    </>
  ),
} as const satisfies Record<string, ReactElement>;

export type IconName = keyof typeof SHAPES;

/** A drawing that repeats the words beside it; silent for screen readers. */
export const Icon = ({ name }: { readonly name: IconName }) => (
  <svg
    className="icon"
    viewBox="0 0 24 24"
    aria-hidden="true"
    focusable="false"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.75"
    strokeLinecap="round"
    strokeLinejoin="round"
  >
    {SHAPES[name]}
  </svg>
);

/** The mark of the product. */
export const Mark = ({ size }: { readonly size: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
    <path
      d="M5.5 8.5 16 27 26.5 8.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="3.4"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
    <circle cx="16" cy="8.5" r="3.7" fill="currentColor" />
  </svg>
);
