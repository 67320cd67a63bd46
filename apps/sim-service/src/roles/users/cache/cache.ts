/** Text by key, for a time. Nothing rejects: a cache that is away is an empty one. */
export interface Cache {
  read(key: string): Promise<string | undefined>;
  write(key: string, value: string): Promise<void>;
  remove(key: string): Promise<void>;
  close(): Promise<void>;
}
