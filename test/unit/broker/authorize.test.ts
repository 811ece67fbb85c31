import { describe, expect, it } from '@jest/globals';
import { publishRoute, subscribeFault } from '../../../broker/authorize.js';
import { topicFault, DEFAULT_LIMITS } from '../../../broker/limits.js';
import type { MqttIdentity } from '../../../domain/device.js';

const device: MqttIdentity = { kind: 'device', id: 'ox-1', site: 's1' };
const box: MqttIdentity = { kind: 'box', id: 'box-1', site: 's1' };
const service: MqttIdentity = { kind: 'service', id: 'relay' };

describe('who may publish where', () => {
  it.each<[MqttIdentity, string, string]>([
    [device, 'vigie/v1/s1/ox-1/readings', 's1 1 vigie/v1/s1/ox-1/readings'],
    [device, 'vigie/v1/s1/ox-1/events', 's1 0 vigie/v1/s1/ox-1/events'],
    [device, 'vigie/v1/s1/ox-1/status/online', 's1 1 vigie/v1/s1/ox-1/status/online'],
    [device, 'vigie/v1/s1/ox-1/', 'not_own'],
    [device, 'vigie/v1/s1/ox-1', 'not_own'],
    [device, 'vigie/v1/s1/ox-10/readings', 'not_own'],
    [device, 'vigie/v1/s1/ox-2/readings', 'not_own'],
    [device, 'vigie/v1/s2/ox-1/readings', 'not_own'],
    [device, 'Vigie/v1/s1/ox-1/readings', 'not_own'],
    [device, '/vigie/v1/s1/ox-1/readings', 'not_own'],
    [device, 'zigbee2mqtt/button', 'not_own'],
    [device, 'site/s1/vigie/v1/s1/ox-1/readings', 'not_own'],
    [device, '$SYS/x', 'reserved'],
    [device, '$share/g/vigie/v1/s1/ox-1/readings', 'reserved'],
    [box, 'zigbee2mqtt/button', 's1 1 zigbee2mqtt/button'],
    [box, 'gatt/box-1/a4c138001122/1822/2a5f', 's1 1 gatt/box-1/a4c138001122/1822/2a5f'],
    [box, 'gatt/box-2/a4c138001122/1822/2a5f', 'not_own'],
    [box, 'home/OMG/BTtoMQTT/A4C138', 's1 1 home/OMG/BTtoMQTT/A4C138'],
    [box, 'application/1/device/2/event/up', 's1 1 application/1/device/2/event/up'],
    [box, 'spBv1.0/g/DDATA/n/d', 's1 1 spBv1.0/g/DDATA/n/d'],
    [box, 'vigie/v1/s1/box-1/status', 's1 1 vigie/v1/s1/box-1/status'],
    [box, 'vigie/v1/s1/ox-1/readings', 'not_own'],
    [box, 'vigie/v2/anything', 'not_own'],
    [box, 'site/s2/zigbee2mqtt/button', 'reserved'],
    [box, '$SYS/x', 'reserved'],
    [service, 'vigie/v1/s1/ox-1/readings', 's1 1 vigie/v1/s1/ox-1/readings'],
    [service, 'vigie/v1/s1/ox-1/events', 's1 0 vigie/v1/s1/ox-1/events'],
    [service, 'site/s2/zigbee2mqtt/button', 's2 1 zigbee2mqtt/button'],
    [service, 'vigie/v1/s1/ox-1/commands/led', 'command ox-1'],
    [service, 'zigbee2mqtt/button', 'no_site'],
    [service, '$SYS/x', 'reserved'],
  ])('%j on %s: %s', (identity, topic, expected) => {
    const route = publishRoute(identity, topic);
    const said =
      route.kind === 'refused'
        ? route.reason
        : route.kind === 'command'
          ? `command ${route.device}`
          : `${route.site} ${route.lane} ${route.topic}`;
    expect(said).toBe(expected);
  });

  it('recognises a topic that was not UTF-8 and makes it storable', () => {
    expect(publishRoute(device, 'vigie/v1/s1/ox-1/a\u0000b')).toMatchObject({
      illFormed: true,
      topic: 'vigie/v1/s1/ox-1/a\uFFFDb',
    });
    expect(publishRoute(device, 'vigie/v1/s1/ox-1/é')).toMatchObject({ illFormed: false });
  });
});

describe('who may subscribe to what', () => {
  it.each<[MqttIdentity, string, string | null]>([
    [device, 'vigie/v1/s1/ox-1/commands/#', null],
    [device, 'vigie/v1/s1/ox-1/commands', null],
    [device, 'vigie/v1/s1/ox-1/commands/+', null],
    [device, 'vigie/v1/s1/ox-1/#', 'wildcard'],
    [device, 'vigie/v1/s1/ox-1/readings', 'not_own'],
    [device, 'vigie/v1/s1/ox-2/commands/#', 'wildcard'],
    [device, 'vigie/v1/s1/+/commands', 'wildcard'],
    [device, 'vigie/v1/s1/ox-1/commandsx', 'not_own'],
    [device, '#', 'wildcard'],
    [device, '+', 'wildcard'],
    [device, '+/#', 'wildcard'],
    [device, '$SYS/#', 'reserved'],
    [device, '$share/g/vigie/v1/s1/ox-1/commands/#', 'shared'],
    [box, 'vigie/v1/s1/box-1/commands/#', null],
    [box, 'vigie/v1/s1/ox-1/commands/#', 'wildcard'],
    [box, 'zigbee2mqtt/#', 'wildcard'],
    [box, 'spBv1.0/Meuse/NCMD/gw31', null],
    [box, 'spBv1.0/Meuse/NCMD/gw31/#', null],
    [box, 'spBv1.0/Meuse/DCMD/gw31/oxy1', null],
    [box, 'spBv1.0/+/NCMD/gw31', 'wildcard'],
    [box, 'spBv1.0/Meuse/NDATA/gw31', 'not_own'],
    [device, 'spBv1.0/Meuse/NCMD/gw31', 'not_own'],
    [box, '#', 'wildcard'],
    [service, '#', null],
    [service, '$SYS/#', null],
    [service, '$share/g/#', 'shared'],
  ])('%j on %s: %s', (identity, filter, expected) => expect(subscribeFault(identity, filter)).toBe(expected));
});

it('a topic has a longest length and a greatest depth', () => {
  expect(topicFault('a/'.repeat(23) + 'a', DEFAULT_LIMITS)).toBeNull();
  expect(topicFault('a/'.repeat(24) + 'a', DEFAULT_LIMITS)).toBe('too_deep');
  expect(topicFault('a'.repeat(1_025), DEFAULT_LIMITS)).toBe('too_long');
});
