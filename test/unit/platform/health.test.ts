import { describe, expect, it } from '@jest/globals';
import { VigieError } from '../../../domain/errors.js';
import { createHealth } from '../../../platform/health.js';

describe('the health report', () => {
  it('is ready when every essential part works, a sink in trouble is degraded', async () => {
    const health = createHealth();
    health.register('store', () => undefined);
    health.register('influx', () => Promise.reject(new VigieError('history.unreachable', 'http://secret')), {
      essential: false,
    });
    expect(await health.report()).toEqual({
      ready: true,
      parts: { store: { state: 'ok' }, influx: { state: 'degraded', detail: 'history.unreachable' } },
    });
  });

  it('does not wait for a part that hangs', async () => {
    const health = createHealth({ answerWithin: 20 });
    health.register('store', () => new Promise(() => {}));
    expect(await health.report()).toEqual({
      ready: false,
      parts: { store: { state: 'down', detail: 'no answer within 20 ms' } },
    });
  });

  it('forgets a part that is gone, not the one that took its name', async () => {
    const health = createHealth();
    const remove = health.register('gateway', () => ({ state: 'down' }));
    health.register('gateway', () => ({ state: 'ok' }));
    remove();
    expect(await health.report()).toEqual({ ready: true, parts: { gateway: { state: 'ok' } } });
  });
});
