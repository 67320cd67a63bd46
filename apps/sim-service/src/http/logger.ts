/** Injection token of the role's pino logger. */
export const LOGGER = Symbol('Logger');
