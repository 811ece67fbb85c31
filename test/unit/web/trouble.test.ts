import { describe, expect, it } from '@jest/globals';
import { troubleOf } from '../../../web/server/live/trouble.js';

describe('the trouble told with every tick', () => {
  it('is nothing while every part works', () => {
    expect(troubleOf({ ready: true, parts: { broker: { state: 'ok' }, gateway: { state: 'ok' } } })).toEqual([]);
  });

  it('says in words for carers that nothing is recorded when the broker cannot store', () => {
    const [trouble] = troubleOf({ ready: false, parts: { broker: { state: 'down', detail: 'inbox.full' } } });
    expect(trouble).toMatchObject({
      part: 'broker',
      state: 'down',
      text: { fr: expect.stringContaining('plus enregistrées') },
    });
  });

  it('never shows the technical detail of a part', () => {
    const parts = {
      gateway: { state: 'degraded', detail: 'sink:fhir: http://internal' },
      other: { state: 'down', detail: 'secret' },
    } as const;
    expect(JSON.stringify(troubleOf({ ready: false, parts }))).not.toMatch(/http|secret/);
  });
});
