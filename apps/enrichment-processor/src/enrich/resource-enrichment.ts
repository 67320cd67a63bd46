import {
  AttributeAdditions,
  type Attributes,
  type ResourceAdditions,
  type ResourceView,
  WantedKeys,
} from '@trace/otlp';
import { type Catalogue, type CatalogueService, attributesOf } from './catalogue';
import type { RuleCounts } from './rule-counts';

/** What is known of a request besides its bytes. */
export interface EnrichContext {
  /** The address of the connection's other end, without port. */
  readonly peerAddress?: string;
}

interface Found {
  /** The same attributes are the same object, so that they are encoded once. */
  readonly attributes: Attributes;
}

/** Finds what a resource belongs to. */
export interface ResourceSource {
  readonly wantedKeys: readonly string[];
  match(resource: ResourceView, context: EnrichContext): Found | undefined;
  /** The same for a person who asks: it is not counted. */
  peek(resource: ResourceView, context: EnrichContext): Found | undefined;
}

const SERVICE_NAME = 'service.name';
/** Encodings that are kept for each pod, a few hundred bytes each. */
const MAX_SERVICES_OF_A_POD = 4;
const NOTHING: Attributes = Object.freeze({});

/**
 * What is added to a resource. Of two sources for one attribute the one that knows the process better wins:
 * what the sender set, its pod in Kubernetes, the catalogue's entry of its service, the fixed attributes.
 */
export class ResourceEnrichment {
  readonly #wanted: WantedKeys;
  readonly #services: ReadonlyMap<string, CatalogueService>;
  /** By the attributes of the pod, then by the entry of the catalogue; what is not in use any more goes. */
  readonly #encoded = new WeakMap<Attributes, Map<CatalogueService | undefined, AttributeAdditions>>();

  constructor(
    private readonly fixed: Attributes,
    catalogue: Catalogue,
    private readonly kubernetes: ResourceSource | undefined,
    private readonly counts: RuleCounts,
  ) {
    this.#wanted = new WantedKeys([SERVICE_NAME, ...(kubernetes?.wantedKeys ?? [])]);
    this.#services = new Map(Object.entries(catalogue.services));
  }

  forRequest(context: EnrichContext): ResourceAdditions {
    return { wanted: this.#wanted, additionsFor: (resource) => this.#additionsFor(resource, context) };
  }

  /** What would be added to this resource, and by what: for the person who asks. */
  explain(resource: ResourceView, context: EnrichContext): { owner: string | null; added: Attributes } {
    const { attributes, service } = this.#resolve(resource, this.kubernetes?.peek(resource, context));
    const merged = this.#merge(attributes, service);
    const missing = Object.entries(merged).filter(([key]) => resource.get(key) === undefined);
    return { owner: service?.owner ?? null, added: Object.fromEntries(missing) };
  }

  #additionsFor(resource: ResourceView, context: EnrichContext): AttributeAdditions {
    const { attributes, service } = this.#resolve(resource, this.kubernetes?.match(resource, context));
    if (service !== undefined) this.counts.hit('catalogue');
    else this.counts.miss('catalogue', 'unknown_service');
    let byService = this.#encoded.get(attributes);
    if (byService === undefined)
      this.#encoded.set(
        attributes,
        (byService = new Map<CatalogueService | undefined, AttributeAdditions>()),
      );
    let additions = byService.get(service);
    if (additions === undefined) {
      additions = new AttributeAdditions(this.#merge(attributes, service));
      // Senders choose the service; a pod has one or a few.
      if (attributes !== NOTHING && byService.size >= MAX_SERVICES_OF_A_POD) byService.clear();
      byService.set(service, additions);
    }
    return additions;
  }

  #resolve(
    resource: ResourceView,
    found: Found | undefined,
  ): { attributes: Attributes; service: CatalogueService | undefined } {
    const attributes = found?.attributes ?? NOTHING;
    const name = resource.get(SERVICE_NAME) ?? attributes[SERVICE_NAME];
    return { attributes, service: typeof name === 'string' ? this.#services.get(name) : undefined };
  }

  #merge(attributes: Attributes, service: CatalogueService | undefined): Attributes {
    return { ...this.fixed, ...(service === undefined ? {} : attributesOf(service)), ...attributes };
  }
}
