import { describe, expect, it } from '@jest/globals';
import { PATTERNS } from '../../../web/client/sound/patterns.js';
import { nextSound, pauseSound, silence, type SoundMemory } from '../../../web/client/sound/plan.js';
import type { AlertView } from '../../../web/protocol.js';
import { alert, NOW } from './alerts.js';

/** Plays second by second and lists what sounded when. */
const listen = (alerts: (second: number) => readonly AlertView[], seconds: number, from: SoundMemory = silence) => {
  const heard: [number, string, number][] = [];
  let memory = from;
  for (let second = 0; second <= seconds; second += 1) {
    const step = nextSound(memory, alerts(second), NOW + second * 1000);
    memory = step.memory;
    if (step.play) heard.push([second, step.play.pattern, step.play.gain]);
  }
  return { heard, memory };
};
const fresh = (id: string, changes: Partial<AlertView> = {}): AlertView =>
  alert(id, { startedAt: new Date(NOW).toISOString(), ...changes });

describe('the rhythms', () => {
  it('are 5 + 5, 3 and 1 pulses, none over another', () => {
    expect([PATTERNS.A.length, PATTERNS.B.length, PATTERNS.C.length]).toEqual([10, 3, 1]);
    for (const pulses of Object.values(PATTERNS))
      pulses.slice(1).forEach((pulse, index) => {
        const before = pulses[index];
        expect(pulse.at).toBeGreaterThan((before?.at ?? 0) + (before?.length ?? 0));
      });
  });
});

describe('what sounds', () => {
  it('is A at once and every 8 s while a critical is to be taken, twice as loud after 2 min', () => {
    const { heard } = listen(() => [fresh('a')], 121);
    expect(heard.slice(0, 3)).toEqual([
      [0, 'A', 1],
      [8, 'A', 1],
      [16, 'A', 1],
    ]);
    expect(heard.at(-1)).toEqual([120, 'A', 2]);
  });

  it('is nothing once somebody has taken it', () => {
    const { heard } = listen((second) => [fresh('a', second < 3 ? {} : { workflow: 'claimed', signal: 'ack' })], 30);
    expect(heard).toEqual([[0, 'A', 1]]);
  });

  it('goes on for a critical that ended before anybody came', () => {
    const { heard } = listen(() => [fresh('a', { condition: 'ended', signal: 'latched' })], 9);
    expect(heard).toHaveLength(2);
  });

  it('is B once for à voir and again after 5 min', () => {
    const { heard } = listen(() => [fresh('a', { priority: 'medium' })], 301);
    expect(heard.map(([second, pattern]) => [second, pattern])).toEqual([
      [0, 'B'],
      [300, 'B'],
    ]);
  });

  it('is nothing for vigilance, equipment and measures', () => {
    const quiet = [
      fresh('a', { priority: 'low' }),
      fresh('b', { category: 'technical', priority: 'low' }),
      fresh('c', { category: 'measure_due' }),
    ];
    expect(listen(() => quiet, 60).heard).toEqual([]);
  });

  it('pauses two minutes at most', () => {
    const { memory } = listen(() => [fresh('a')], 1);
    const { heard } = listen(() => [fresh('a')], 130, pauseSound(memory, NOW));
    expect(heard[0]?.[0]).toBe(120);
  });

  it('breaks a pause when a new critical comes', () => {
    const { memory } = listen(() => [fresh('a')], 1);
    const step = nextSound(pauseSound(memory, NOW), [fresh('a'), fresh('b')], NOW + 2_000);
    expect(step.play?.pattern).toBe('A');
    expect(step.memory.pausedUntil).toBeNull();
  });
});
