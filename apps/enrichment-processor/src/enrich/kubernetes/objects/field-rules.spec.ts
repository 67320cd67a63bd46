import type { FieldExtract } from '../config/kubernetes-config';
import { FieldRules } from './field-rules';

function extracted(
  rule: Partial<FieldExtract>,
  fields: Record<string, string>,
  maxValueLength = 100,
): object {
  const attributes = {};
  let tooLong = 0;
  const rules = new FieldRules(
    'pod',
    {
      labels: [{ from: 'pod', ...rule }],
      annotations: [],
      otelAnnotations: false,
      maxValueLength,
    },
    () => (tooLong += 1),
  );
  rules.apply('label', fields, attributes);
  rules.apply('annotation', { not: 'a label' }, attributes);
  return tooLong === 0 ? attributes : { tooLong };
}

describe('a rule for labels', () => {
  it('takes one by its key, empty or not, under its own name or the default one', () => {
    expect(extracted({ key: 'a' }, { a: '1', b: '2' })).toEqual({ 'k8s.pod.label.a': '1' });
    expect(extracted({ key: 'a', tagName: 'x' }, { a: '' })).toEqual({ x: '' });
    expect(extracted({ key: 'a', from: 'node' }, { a: '1' })).toEqual({});
  });

  it('takes all whose whole key matches, but empty ones', () => {
    const fields = { 'app/a': '1', 'app/b': '2', 'my-app/c': '3', 'app/d': '' };
    expect(extracted({ keyRegex: 'app/.*' }, fields)).toEqual({
      'k8s.pod.label.app/a': '1',
      'k8s.pod.label.app/b': '2',
    });
    expect(extracted({ keyRegex: 'app/a|app/b', tagName: 'x' }, { 'app/abc': '1' })).toEqual({});
  });

  it.each([
    ['$1', 'b'],
    ['x.${1}y', 'x.by'],
    ['$1y', 'y-less'],
    ['$what/$2', 'b/'],
    ['${what}', 'b'],
  ])('names them by %s as Go does', (tagName, name) => {
    const found = extracted({ keyRegex: 'a/(?<what>.*)', tagName }, { 'a/b': '1' });
    // "$1y" is the group named "1y", which there is not: nothing is left of the name.
    expect(found).toEqual(name === 'y-less' ? {} : { [name]: '1' });
  });

  it('leaves out what is too long, and says so', () => {
    expect(extracted({ key: 'a' }, { a: 'x'.repeat(11) }, 10)).toEqual({ tooLong: 1 });
  });
});
