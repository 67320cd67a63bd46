import { OtlpError } from '../status/otlp-error';
import { NestedSplice } from '../wire/nested-splice';
import { WireReader } from '../wire/wire-reader';
import type { AttributeAdditions } from './attribute-additions';
import { ResourceScan, type ResourceView } from './resource-scan';
import type { WantedKeys } from './wanted-keys';

export interface EnrichLimits {
  /** ResourceSpans (ResourceLogs, ResourceMetrics) in one request. */
  readonly maxResources: number;
  readonly maxAttributesPerResource: number;
  /** The enriched request; what would be larger is refused, since the downstream would refuse it anyway. */
  readonly maxOutputBytes: number;
}

/** Decides what is added to a Resource. */
export interface ResourceAdditions {
  /** The keys that `additionsFor` may ask a Resource for. */
  readonly wanted: WantedKeys;
  additionsFor(resource: ResourceView): AttributeAdditions;
}

/**
 * Adds attributes to every Resource of an encoded Export{Trace,Logs,Metrics}ServiceRequest. The three have the
 * same shape down to the Resource, so one function serves all:
 *
 *     request  { repeated ResourceSpans resource_spans = 1 }
 *     ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; … }
 *     Resource { repeated KeyValue attributes = 1; … }
 *
 * Down to the attribute values of each Resource every field is checked; scopes, spans, records and points are
 * copied unread, and so are unknown fields. A parent without a Resource gets one; one with several has them
 * merged, as protobuf says, and the last is added to. An attribute whose key is there already stays as it is.
 *
 * @returns the input itself if nothing was to be added
 * @throws OtlpError INVALID_ARGUMENT for malformed bytes and for what is over a limit
 */
export function addResourceAttributes(
  request: Buffer,
  source: ResourceAdditions,
  limits: EnrichLimits,
): Buffer {
  const reader = new WireReader(request);
  const splice = new NestedSplice(request);
  const scan = new ResourceScan(request, source.wanted, limits.maxAttributesPerResource);
  let resources = 0;
  let growth = 0;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x0a) {
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    resources += 1;
    if (resources > limits.maxResources) {
      throw new OtlpError('INVALID_ARGUMENT', `over ${limits.maxResources} resources in one request`);
    }
    growth += planOne(reader, splice, scan, source);
    if (request.length + growth > limits.maxOutputBytes) {
      throw new OtlpError('INVALID_ARGUMENT', `over ${limits.maxOutputBytes} bytes with attributes added`);
    }
  }
  return splice.apply(growth);
}

/** Plans the edits to one ResourceSpans, whose tag has just been read; returns by how much the request grows. */
function planOne(
  reader: WireReader,
  splice: NestedSplice,
  scan: ResourceScan,
  source: ResourceAdditions,
): number {
  const lengthAt = reader.position;
  const end = reader.range();
  const start = reader.position;
  const outerEnd = reader.end;
  reader.end = end;
  scan.reset();
  let resource: { lengthAt: number; start: number; end: number } | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag !== 0x0a) {
      reader.skip(tag & 7, tag >>> 3);
      continue;
    }
    const resourceLengthAt = reader.position;
    const resourceEnd = reader.range();
    resource = { lengthAt: resourceLengthAt, start: reader.position, end: resourceEnd };
    reader.end = resourceEnd;
    scan.read(reader);
    reader.end = end;
  }
  reader.end = outerEnd;

  const additions = source.additionsFor(scan);
  if (additions.keys.length === 0) return 0;
  const opened = splice.open(lengthAt, start);
  if (resource === undefined) return splice.close(opened, end, splice.replace(end, end, additions.resource));
  const openedResource = splice.open(resource.lengthAt, resource.start);
  const fields = missingFields(scan, additions);
  const added = fields.length === 0 ? 0 : splice.replace(resource.end, resource.end, fields);
  return splice.close(opened, end, splice.close(openedResource, resource.end, added));
}

function missingFields(scan: ResourceScan, additions: AttributeAdditions): Buffer {
  const { keys } = additions;
  let missing: number[] | undefined;
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index];
    if (key !== undefined && scan.has(key)) missing ??= [...keys.keys()].slice(0, index);
    else missing?.push(index);
  }
  // Nearly always all of them are missing, and those bytes are ready.
  return missing === undefined
    ? additions.fields
    : Buffer.concat(missing.map((index) => additions.field(index)));
}
