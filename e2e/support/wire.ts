import type { WireReader } from '@trace/otlp';

/** The embedded messages of one field, by its tag. */
export function messagesOf(reader: WireReader, wantedTag: number): WireReader[] {
  const found: WireReader[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag === wantedTag) found.push(reader.message());
    else reader.skip(tag & 7, tag >>> 3);
  }
  return found;
}
