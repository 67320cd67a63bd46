import { readFileSync } from 'node:fs';
import { SERVICE_ATTRIBUTES } from '../enrich/catalogue';
import { geoAttributes } from '../enrich/geo/geo-attributes';
import { METADATA_NAMES } from '../enrich/kubernetes/config/metadata-names';
import { parseAccessLog } from '../enrich/logs/access-log';
import { httpAttributes } from '../enrich/logs/http-attributes';
import { DOCUMENT, withGeneratedParts } from './document';

const text = readFileSync(DOCUMENT, 'utf8');
/** Prettier lays tables out, which says nothing. */
const words = (markdown: string): string => markdown.replaceAll(/[ -]+/g, ' ').replaceAll('\\_', '_');

describe('docs/enrichment.md', () => {
  it('has the settings and metrics that there are (npm run docs -w @trace/enrichment-processor)', () => {
    expect(words(text)).toBe(words(withGeneratedParts(text)));
  });

  it('names the source of every attribute', () => {
    const line =
      '192.0.2.1 - alice [22/Nov/2026:10:00:00 +0000] "BREW https://shop.example.com:8443/pots?size=2 HTTP/1.1" 418 12 "https://example.com/" "curl/8.0" "8.8.8.8"';
    const entry = parseAccessLog(line);
    if (entry === undefined) throw new Error('is an access log line');
    const geo = geoAttributes({
      country: { iso_code: 'US' },
      subdivisions: [{ iso_code: 'CA' }],
      city: { names: { en: 'San Jose' } },
      location: { latitude: 37.3, longitude: -121.9 },
    });
    const names = [
      ...METADATA_NAMES,
      ...SERVICE_ATTRIBUTES,
      ...Object.keys(httpAttributes(entry).attributes),
      ...Object.keys(geo),
      'crud.operation',
      'session.id',
      'user.id',
    ];
    const table = text.slice(text.indexOf('## Attributes'), text.indexOf('## Kubernetes'));
    expect(names.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });
});
