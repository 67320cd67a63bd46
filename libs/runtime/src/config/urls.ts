import { z } from 'zod';

/** A URL of one of these protocols (`redis:`) that has a host; undefined when it is empty. */
export function optionalUrl(
  protocols: readonly string[],
  expected: string,
): z.ZodType<URL | undefined, string> {
  return z
    .string()
    .refine((text) => text === '' || isUrl(text, protocols), expected)
    .transform((text) => (text === '' ? undefined : new URL(text)));
}

/** PostgreSQL; undefined when it is empty. `variable` is the one of the environment that is usually meant by it. */
export function databaseUrl(variable: string): z.ZodType<URL | undefined, string> {
  return optionalUrl(
    ['postgresql:', 'postgres:'],
    `a URL postgresql://user:password@host:port/database, or nothing (${variable})`,
  );
}

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly database: string;
}

/** What may be told of a database's URL: nothing of its user and password. */
export function databaseAddress({ hostname, port, pathname }: URL): DatabaseAddress {
  return { host: hostname, port: port === '' ? 5432 : Number(port), database: pathname.slice(1) };
}

function isUrl(text: string, protocols: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocols.includes(protocol) && hostname !== '';
}
