import { parseImage, repoDigest, versionOfImage } from './image';

const DIGEST = `sha256:${'0a'.repeat(32)}`;

describe('an image reference', () => {
  it.each([
    ['alpine', { name: 'alpine' }],
    ['alpine:3.20', { name: 'alpine', tag: '3.20' }],
    ['localhost:5000/a/b_c:x-1', { name: 'localhost:5000/a/b_c', tag: 'x-1' }],
    ['registry.example:5000/shop/app', { name: 'registry.example:5000/shop/app' }],
    [`ghcr.io/o/app:1@${DIGEST}`, { name: 'ghcr.io/o/app', tag: '1', digest: DIGEST }],
    [`app@${DIGEST}`, { name: 'app', digest: DIGEST }],
    ['[::1]:5000/app:1', { name: '[::1]:5000/app', tag: '1' }],
  ])('%s is taken apart', (image, expected) => {
    expect(parseImage(image)).toEqual(expected);
  });

  it.each(['', ':1', 'App', 'app:', 'app:bad tag', 'a//b', 'app@sha256:12', 'a'.repeat(256)])(
    '"%s" is none',
    (image) => {
      expect(parseImage(image)).toBeUndefined();
    },
  );

  it('is the version of a service by tag, digest or both', () => {
    expect(versionOfImage({ name: 'a' })).toBeUndefined();
    expect(versionOfImage({ name: 'a', tag: '1' })).toBe('1');
    expect(versionOfImage({ name: 'a', digest: DIGEST })).toBe(DIGEST);
    expect(versionOfImage({ name: 'a', tag: '1', digest: DIGEST })).toBe(`1@${DIGEST}`);
  });

  it.each([
    [`alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`],
    [`acme/app@${DIGEST}`, `docker.io/acme/app@${DIGEST}`],
    [`docker.io/alpine@${DIGEST}`, `docker.io/library/alpine@${DIGEST}`],
    [`index.docker.io/acme/app@${DIGEST}`, `docker.io/acme/app@${DIGEST}`],
    [`localhost/app@${DIGEST}`, `localhost/app@${DIGEST}`],
    [`docker-pullable://ghcr.io/o/app@${DIGEST}`, `ghcr.io/o/app@${DIGEST}`],
    [DIGEST, undefined],
    ['alpine:3', undefined],
  ])('%s by its digest is %s', (imageId, expected) => {
    expect(repoDigest(imageId)).toBe(expected);
  });
});
