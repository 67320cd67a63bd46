import { z } from 'zod';

/** PostgreSQL; undefined when it is empty. */
export function databaseUrl(): z.ZodType<URL | undefined, string> {
  return optionalUrl(
    ['postgresql:', 'postgres:'],
    'a URL postgresql://user:password@host:port/database, or nothing (DATABASE_URL)',
  );
}

/** Redis; undefined when it is empty. */
export function cacheUrl(): z.ZodType<URL | undefined, string> {
  return optionalUrl(['redis:', 'rediss:'], 'a URL redis://user:password@host:port, or nothing (REDIS_URL)');
}

function optionalUrl(protocols: readonly string[], expected: string): z.ZodType<URL | undefined, string> {
  return z
    .string()
    .refine((text) => text === '' || isUrl(text, protocols), expected)
    .transform((text) => (text === '' ? undefined : new URL(text)));
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocols.includes(protocol) && hostname !== '';
}
