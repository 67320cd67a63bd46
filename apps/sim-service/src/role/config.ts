// Read before the telemetry starts, so nothing here may load Nest or pino.

export const ROLES = [
  'gateway',
  'users',
  'orders',
  'payments',
  'producer',
  'consumer',
  'log-simulator',
  'log-forwarder',
  'load',
] as const;
export type Role = (typeof ROLES)[number];

/** What the person wrote as the role: the first argument, else TRACE_ROLE; not validated yet. */
export function givenRole(argv = process.argv, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return argv[2] ?? env.TRACE_ROLE;
}

export function isRole(role: string | undefined): role is Role {
  return ROLES.some((known) => known === role);
}
