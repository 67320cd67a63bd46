import {
  type CompiledRecordRules,
  type EnrichLimits,
  OtlpError,
  type RecordLimits,
  type Signal,
  addResourceAttributes,
  countRecords,
  rewriteRecords,
  rewriteSlices,
} from '@trace/otlp';
import type { EnrichContext, ResourceEnrichment } from './resource-enrichment';

/** Everything that one version of the configuration adds and takes away; replaced as a whole on reload. */
export interface Enrichment {
  readonly resources: ResourceEnrichment;
  readonly records: CompiledRecordRules;
  readonly limits: EnrichLimits & RecordLimits;
}

/** One request: attributes of its resources, then of its records, and last what must not leave. */
export class Enricher {
  #enrichment: Enrichment;

  constructor(enrichment: Enrichment) {
    this.#enrichment = enrichment;
  }

  get current(): Enrichment {
    return this.#enrichment;
  }

  /** Requests that are under way finish with the one they began with. */
  replace(enrichment: Enrichment): void {
    this.#enrichment = enrichment;
  }

  /**
   * A large request is enriched in slices, each when it is asked for and each a request of at most
   * `maxOutputBytes`, so that others can be served in between, and nothing is refused for what is added to it.
   *
   * @throws OtlpError INVALID_ARGUMENT for malformed bytes and for what is over a limit, also while slices are
   * asked for
   */
  enrich(signal: Signal, request: Buffer, context: EnrichContext): Buffer | Iterable<Buffer> {
    const { resources, records, limits } = this.#enrichment;
    const additions = resources.forRequest(context);
    // What resources grow by counts with what records grow by.
    const { maxResources, maxAttributesPerResource } = limits;
    const resourceLimits = { maxResources, maxAttributesPerResource, maxOutputBytes: Infinity };
    let sliceRecords = 0;
    return rewriteSlices(
      request,
      (slice) => {
        const enriched = addResourceAttributes(slice, additions, resourceLimits);
        const rewritten = rewriteRecords(signal, enriched, records, limits);
        sliceRecords += countRecords(signal, slice);
        if (sliceRecords > limits.maxRecords) {
          throw new OtlpError('INVALID_ARGUMENT', `over ${limits.maxRecords} records in one request`);
        }
        return rewritten;
      },
      maxResources,
    );
  }
}
