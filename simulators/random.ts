import { hash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A seeded source of randomness. The same key always gives the same sequence. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform whole number, both ends included. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** An independent source named by its path: it does not depend on how often this one was used. */
  fork(name: string): Random;
}

/** A 32-bit number that stands for a path such as `42/r-012/heart_rate`. */
export const keyOf = (path: string): number => Number.parseInt(hash('sha256', path, 'hex').slice(0, 8), 16) | 0;

/** Opens the random source of a path; fleets give one to each device so that adding a device moves no other. */
export const randomFrom = (path: string): Random => {
  const generator = xoroshiro128plus(keyOf(path));
  const next = (): number => uniformFloat64(generator);
  const int = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    int,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: <Item>(items: readonly Item[]): Item => {
      const item = items[int(0, items.length - 1)];
      if (item === undefined) throw new RangeError('expected at least one item to pick from');
      return item;
    },
    fork: (name) => randomFrom(`${path}/${name}`),
  };
};

const { imul } = Math;

/** A uniform number in [0, 1) that depends only on the key and the index (MurmurHash3 finaliser). */
export const uniformAt = (key: number, index: number): number => {
  let x = key ^ imul(index, 0x9e3779b1);
  x = imul(x ^ (x >>> 16), 0x85ebca6b);
  x = imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 0x1_0000_0000;
};
