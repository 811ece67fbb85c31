/** Which screen the address names. Pure but for `route` and `goTo`, which follow the history of the browser. */
import { createStore, type Store } from './store.js';

export type Screen =
  { readonly name: 'desk' } | { readonly name: 'resident'; readonly id: string } | { readonly name: 'wall' };

const decoded = (text: string): string | null => {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
};

/** The screen of a path; what is not known is the desk. */
export const screenOf = (path: string): Screen => {
  if (/^\/mur\/?$/.test(path)) return { name: 'wall' };
  const id = decoded(/^\/residents\/([^/]+)\/?$/.exec(path)?.[1] ?? '');
  return id ? { name: 'resident', id } : { name: 'desk' };
};

export const DESK_PATH = '/';
export const WALL_PATH = '/mur';
export const residentPath = (id: string): string => `/residents/${encodeURIComponent(id)}`;

/** The path shown now. */
export const route: Store<string, string> = createStore(
  typeof location === 'undefined' ? DESK_PATH : location.pathname,
  (_path, next: string) => next,
);

if (typeof addEventListener === 'function' && typeof location !== 'undefined')
  addEventListener('popstate', () => route.dispatch(location.pathname));

/** Another screen, as a step of the browser's history. */
export const goTo = (path: string): void => {
  if (path === route.get()) return;
  history.pushState({ vigie: true }, '', path);
  route.dispatch(path);
};

/** Back to the desk: the step before when it came from there, so that the browser's own button means the same. */
export const goToDesk = (): void => {
  const came = history.state as { vigie?: boolean } | null;
  if (came?.vigie === true) history.back();
  else goTo(DESK_PATH);
};
