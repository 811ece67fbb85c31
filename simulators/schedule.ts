/** A binary min-heap of what is due when. Equal times leave in the order they came. */
export interface Schedule<Item> {
  add(at: number, item: Item): void;
  /** Removes and returns the earliest; null when empty. */
  take(): { at: number; item: Item } | null;
}

interface Entry<Item> {
  readonly at: number;
  readonly order: number;
  readonly item: Item;
}

export const createSchedule = <Item>(): Schedule<Item> => {
  const heap: Entry<Item>[] = [];
  let order = 0;
  const before = (a: Entry<Item>, b: Entry<Item>): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
  const entry = (index: number): Entry<Item> => heap[index] as Entry<Item>;

  return {
    add(at, item) {
      const added = { at, order: order++, item };
      let hole = heap.push(added) - 1;
      while (hole > 0) {
        const parent = (hole - 1) >> 1;
        if (!before(added, entry(parent))) break;
        heap[hole] = entry(parent);
        hole = parent;
      }
      heap[hole] = added;
    },
    take() {
      const first = heap[0];
      const last = heap.pop();
      if (!first || !last) return null;
      if (heap.length > 0) {
        let hole = 0;
        for (;;) {
          let child = 2 * hole + 1;
          if (child >= heap.length) break;
          if (child + 1 < heap.length && before(entry(child + 1), entry(child))) child++;
          if (!before(entry(child), last)) break;
          heap[hole] = entry(child);
          hole = child;
        }
        heap[hole] = last;
      }
      return { at: first.at, item: first.item };
    },
  };
};
