import { optionalUrl } from '@trace/runtime';
import type { z } from 'zod';

/** Redis; undefined when it is empty. */
export function cacheUrl(): z.ZodType<URL | undefined, string> {
  return optionalUrl(['redis:', 'rediss:'], 'a URL redis://user:password@host:port, or nothing (REDIS_URL)');
}
