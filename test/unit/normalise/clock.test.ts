import { describe, expect, it } from '@jest/globals';
import { DAY, MINUTE, type LocalDateTime } from '../../../domain/time.js';
import { resolveDeviceTime, resolveLocalTime } from '../../../gateway/clock.js';

const local = (text: string): LocalDateTime => {
  const [year, month, day, hour, minute, second] = text.split(/[-T:]/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return { year, month, day, hour, minute, second };
};
const resolve = (text: string, receivedAt: string, timezone = 'Europe/Paris'): string | null => {
  const epoch = resolveLocalTime(local(text), { receivedAt: Date.parse(receivedAt), timezone });
  return epoch === null ? null : new Date(epoch).toISOString();
};

describe('a wall-clock time', () => {
  it.each([
    ['in winter', '2026-03-10T08:30:00', '2026-03-10T07:31:05Z', '2026-03-10T07:30:00.000Z'],
    ['in summer', '2026-09-07T08:15:00', '2026-09-07T06:15:20Z', '2026-09-07T06:15:00.000Z'],
    [
      'that comes twice, received in the first hour',
      '2026-10-25T02:30:00',
      '2026-10-25T00:31:00Z',
      '2026-10-25T00:30:00.000Z',
    ],
    [
      'that comes twice, received in the second hour',
      '2026-10-25T02:30:00',
      '2026-10-25T01:31:00Z',
      '2026-10-25T01:30:00.000Z',
    ],
    ['that comes twice, received next day', '2026-10-25T02:30:00', '2026-10-26T07:00:00Z', '2026-10-25T01:30:00.000Z'],
    [
      'that comes twice, received just before both',
      '2026-10-25T02:00:10',
      '2026-10-25T00:00:00Z',
      '2026-10-25T00:00:10.000Z',
    ],
    [
      'that comes twice, received at the second exactly',
      '2026-10-25T02:30:00',
      '2026-10-25T01:30:00Z',
      '2026-10-25T01:30:00.000Z',
    ],
    [
      'that never comes, from a clock not put forward',
      '2026-03-29T02:30:00',
      '2026-03-29T01:31:00Z',
      '2026-03-29T01:30:00.000Z',
    ],
    [
      'that never comes, from a clock put forward early',
      '2026-03-29T02:30:00',
      '2026-03-29T00:31:00Z',
      '2026-03-29T00:30:00.000Z',
    ],
    ['just before the spring change', '2026-03-29T01:59:59', '2026-03-29T01:00:00Z', '2026-03-29T00:59:59.000Z'],
    ['just after the spring change', '2026-03-29T03:00:00', '2026-03-29T01:00:01Z', '2026-03-29T01:00:00.000Z'],
  ])('%s', (_what, text, receivedAt, expected) => expect(resolve(text, receivedAt)).toBe(expected));

  it('is read in the zone of the device', () => {
    expect(resolve('2026-03-10T08:30:00', '2026-03-10T12:31:05Z', 'America/Martinique')).toBe(
      '2026-03-10T12:30:00.000Z',
    );
  });

  it.each(['2026-13-01T00:00:00', '2026-02-30T00:00:00', '2026-01-01T25:00:00', '2026-01-01T00:61:00'])(
    '%s does not exist',
    (text) => expect(resolve(text, '2026-03-10T07:31:05Z')).toBeNull(),
  );
});

describe('a device time', () => {
  const receivedAt = Date.parse('2026-11-23T08:00:00Z');
  const context = { receivedAt, timezone: 'Europe/Paris' };
  it.each([
    ['90 days old', receivedAt - 90 * DAY, true],
    ['older than 90 days', receivedAt - 90 * DAY - 1, false],
    ['10 minutes ahead', receivedAt + 10 * MINUTE, true],
    ['more than 10 minutes ahead', receivedAt + 10 * MINUTE + 1, false],
    ['of 1970', 0, false],
    ['that is not a number', NaN, false],
    ['that is infinite', Infinity, false],
  ])('%s', (_what, epoch, used) =>
    expect(resolveDeviceTime({ kind: 'instant', epoch }, context)).toBe(used ? epoch : null),
  );
  it('of a clock reset to 2010 is wrong', () => {
    expect(resolveDeviceTime({ kind: 'local', local: local('2010-01-01T00:00:00') }, context)).toBeNull();
  });
});
