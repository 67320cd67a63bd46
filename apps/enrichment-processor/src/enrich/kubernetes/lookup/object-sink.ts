import type { ApiObject } from '../objects/api-shapes';

/** Where the objects of one list and watch go. */
export interface ObjectSink {
  upsert(object: ApiObject): void;
  remove(object: ApiObject): void;
  /** A list is complete: what is not in it is gone. */
  retain(uids: ReadonlySet<string>): void;
  size(): number;
}
