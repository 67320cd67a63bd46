import { fingerprint } from './fingerprint';

describe('fingerprint', () => {
  // Printed by `model.LabelSet{…}.Fingerprint()` of github.com/prometheus/common v0.70.1.
  it.each([
    [{}, 'cbf29ce484222325'],
    [{ alertname: 'HighLatency', service_name: 'users', severity: 'critical' }, 'ca6b8f964e179897'],
    [{ a: 'ü', Z: '' }, 'd24e4d2d4a68c921'],
  ])('of %j is that of Alertmanager, in whatever order the labels come', (labels, expected) => {
    expect(fingerprint(labels)).toBe(expected);
    expect(fingerprint(Object.fromEntries(Object.entries(labels).reverse()))).toBe(expected);
  });
});
