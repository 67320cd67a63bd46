import type { Derived, RecordRule, RecordView } from '../records/record-rule';

/** Rules that use all of what a rule can: attributes of the record and its resource, body, other rules, fields. */
export const TEST_RULES: readonly RecordRule[] = [
  {
    name: 'first',
    signals: ['traces', 'logs', 'metrics'],
    wantedKeys: ['client.address', 'service.name'],
    readsBody: false,
    derive: (record) => ({
      attributes: {
        'from.record': record.get('client.address') ?? '',
        'from.resource': record.resource('service.name') ?? 'none',
        plain: 7,
        'geo.location.lat': { double: 52 },
        'geo.location.lon': { double: -0.125 },
        list: ['a', 'b'],
      },
    }),
  },
  {
    name: 'second',
    signals: ['logs', 'traces'],
    wantedKeys: ['from.record', 'from.resource'],
    readsBody: true,
    derive(record: RecordView): Derived | undefined {
      const earlier = record.get('from.record');
      if (earlier === undefined && record.body() === undefined) return undefined;
      return {
        attributes: {
          'from.body': record.body() ?? '',
          again: earlier ?? '',
          'from.resource': 'never',
          yes: true,
        },
        fields: {
          timeUnixNano: 1234567n,
          severityNumber: 9,
          severityText: 'INFO',
          traceId: Buffer.alloc(16, 1),
          spanId: Buffer.alloc(8, 2),
        },
      };
    },
  },
];
