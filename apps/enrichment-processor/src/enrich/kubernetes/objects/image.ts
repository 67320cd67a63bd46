/** A container image reference, taken apart as github.com/distribution/reference does. */
export interface ImageReference {
  /** With registry and path, e.g. `ghcr.io/acme/shop`. */
  readonly name: string;
  readonly tag?: string;
  /** `sha256:…` */
  readonly digest?: string;
}

const NAME =
  /^(?:(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d+)?\/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const MAX_NAME_LENGTH = 255;

/** @returns undefined for what is no reference with a name */
export function parseImage(image: string): ImageReference | undefined {
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.lastIndexOf(':');
  // A colon before the last slash belongs to the registry's port.
  const tagged = colon > rest.lastIndexOf('/');
  const tag = tagged ? rest.slice(colon + 1) : undefined;
  const name = tagged ? rest.slice(0, colon) : rest;
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) return undefined;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  if (digest !== undefined && !DIGEST.test(digest)) return undefined;
  return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** `service.version` of an image: tag, digest, or tag@digest (docs/non-normative/k8s-attributes.md). */
export function versionOfImage({ tag, digest }: ImageReference): string | undefined {
  if (tag !== undefined && digest !== undefined) return `${tag}@${digest}`;
  return tag ?? digest;
}

const DOCKER_HUB = 'docker.io';

/**
 * The name of an image by its digest with the registry and path that Docker leaves out, as
 * `container.image.repo_digests` has it. A status' imageID that names no repository (`sha256:…`) has none.
 */
export function repoDigest(imageId: string): string | undefined {
  // The Docker runtime writes docker-pullable://name@digest.
  const parsed = parseImage(imageId.replace(/^docker-pullable:\/\//, ''));
  if (parsed?.digest === undefined) return undefined;
  return `${fullName(parsed.name)}${parsed.tag === undefined ? '' : `:${parsed.tag}`}@${parsed.digest}`;
}

function fullName(name: string): string {
  const slash = name.indexOf('/');
  const domain = slash < 0 ? '' : name.slice(0, slash);
  const isRegistry = /[.:]/.test(domain) || domain === 'localhost' || domain !== domain.toLowerCase();
  if (domain === '' || !isRegistry) return `${DOCKER_HUB}/${slash < 0 ? 'library/' : ''}${name}`;
  if (domain === 'index.docker.io') return fullName(name.slice(slash + 1));
  return domain === DOCKER_HUB && !name.slice(slash + 1).includes('/')
    ? `${DOCKER_HUB}/library/${name.slice(slash + 1)}`
    : name;
}
