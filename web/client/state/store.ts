import { useSyncExternalStore } from 'react';

export interface ReadonlyStore<State> {
  get(): State;
  subscribe(listener: () => void): () => void;
}
/** One value, changed only by its reducer; listeners are told after each change. */
export interface Store<State, Event> extends ReadonlyStore<State> {
  dispatch(event: Event): void;
}

export const createStore = <State, Event>(
  initial: State,
  reduce: (state: State, event: Event) => State,
): Store<State, Event> => {
  let state = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => state,
    dispatch(event) {
      const next = reduce(state, event);
      if (next === state) return;
      state = next;
      listeners.forEach((listener) => listener());
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};

/** The part of a store a component shows; `select` must give the same object for the same state. */
export const useStore = <State, Part>(store: ReadonlyStore<State>, select: (state: State) => Part): Part =>
  useSyncExternalStore(store.subscribe, () => select(store.get()));
