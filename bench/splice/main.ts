import { AttributeAdditions, WantedKeys, addResourceAttributes } from '@trace/otlp';
import protobuf from 'protobufjs';
import { describeMachine } from '../shared/machine.ts';
import { SERVICES, SPANS, STATIC_ATTRIBUTES, catalogueAttributes, encodePayload } from '../shared/payload.ts';
import { median, summary } from '../shared/statistics.ts';

/**
 * What a span costs when attributes are added to its resource: spliced into the encoded bytes, and by the
 * protobufjs round trip (decode, add, encode) that the splice stands in for. One thread, no network.
 */

const ROUNDS = 9;
const ROUND_MILLIS = 300;

/** The messages of a trace request, as far as the payload uses them. */
const SCHEMA = `
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scope_spans = 2; string schema_url = 3; }
  message Resource { repeated KeyValue attributes = 1; uint32 dropped_attributes_count = 2; }
  message ScopeSpans { Scope scope = 1; repeated Span spans = 2; string schema_url = 3; }
  message Scope { string name = 1; string version = 2; }
  message Span {
    bytes trace_id = 1; bytes span_id = 2; string trace_state = 3; bytes parent_span_id = 4; string name = 5;
    int32 kind = 6; fixed64 start_time_unix_nano = 7; fixed64 end_time_unix_nano = 8;
    repeated KeyValue attributes = 9;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue {
    oneof value { string string_value = 1; bool bool_value = 2; int64 int_value = 3; double double_value = 4; }
  }
`;

interface Attribute {
  key: string;
  value: { stringValue: string };
}
interface Request {
  resourceSpans: { resource: { attributes: Attribute[] } }[];
}

const payload = encodePayload();
const attributesOf = (service: string): Record<string, string> => ({
  ...STATIC_ATTRIBUTES,
  ...catalogueAttributes(service),
});

const additions = new Map(
  SERVICES.map((service) => [service, new AttributeAdditions(attributesOf(service))]),
);
const none = new AttributeAdditions({});
const wanted = new WantedKeys(['service.name']);
const limits = { maxResources: 1000, maxAttributesPerResource: 1000, maxOutputBytes: 64 * 1024 * 1024 };
const splice = (): Uint8Array =>
  addResourceAttributes(
    payload,
    { wanted, additionsFor: (resource) => additions.get(resource.get('service.name') ?? '') ?? none },
    limits,
  );

const type = protobuf.parse(SCHEMA).root.lookupType('Request');
const roundTrip = (): Uint8Array => {
  const request = type.decode(payload) as protobuf.Message & Request;
  for (const { resource } of request.resourceSpans) {
    const present = new Set(resource.attributes.map(({ key }) => key));
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '';
    for (const [key, stringValue] of Object.entries(attributesOf(service))) {
      if (!present.has(key)) resource.attributes.push({ key, value: { stringValue } });
    }
  }
  return type.encode(request).finish();
};

/** Nanoseconds a span, one figure a round. */
function measure(run: () => Uint8Array): number {
  const started = process.hrtime.bigint();
  const until = started + BigInt(ROUND_MILLIS) * 1_000_000n;
  let runs = 0;
  while (process.hrtime.bigint() < until) {
    run();
    runs += 1;
  }
  return Number(process.hrtime.bigint() - started) / (runs * SPANS);
}

if (!Buffer.from(splice()).equals(Buffer.from(roundTrip()))) throw new Error('the two gave different bytes');
const candidates = { splice, roundTrip };
const results = { splice: [] as number[], roundTrip: [] as number[] };
for (let round = 0; round <= ROUNDS; round += 1) {
  for (const name of ['splice', 'roundTrip'] as const) {
    const nanos = measure(candidates[name]);
    if (round > 0) results[name].push(nanos); // the first is the warm-up
  }
}

console.log(`Machine: ${describeMachine()}`);
console.log(
  `Payload: ${SPANS} spans in ${payload.length.toLocaleString('en-US')} bytes; ${ROUNDS} rounds in turns\n`,
);
console.log(`splice               ${summary(results.splice)} ns a span`);
console.log(`protobufjs round trip ${summary(results.roundTrip)} ns a span`);
console.log(`\n1 : ${Math.round(median(results.roundTrip) / median(results.splice))}`);
