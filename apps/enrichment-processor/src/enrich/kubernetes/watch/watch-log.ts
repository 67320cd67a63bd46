import type { ApiError } from '../api/api-error';
import { type WatchedResource, clusterRoleRule } from './resource';
import type { WatchState } from './watch-state';

/** The part of pino that is used. */
export interface Logger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** The same trouble of the same resource is told again after so long. */
const REPEAT_MILLIS = 60_000;

/** Lines that a person reading `kubectl logs` can act on. */
export class WatchLog {
  readonly #told = new Map<string, { readonly reason: string; readonly atMillis: number }>();

  constructor(
    private readonly logger: Logger,
    private readonly server: string,
    private readonly now: () => number,
  ) {}

  listed({ name }: WatchedResource, objects: number, { lists, lastListMillis }: WatchState): void {
    const recovered = this.#told.delete(name);
    const millis = Math.round(lastListMillis);
    if (lists === 1)
      this.logger.info({ resource: name, objects, millis }, `Kubernetes: ${objects} ${name} known`);
    else
      this.logger.info(
        { resource: name, objects, millis },
        `Kubernetes: ${name} listed anew${recovered ? ', all is well again' : ''}`,
      );
  }

  failed(resource: WatchedResource, error: ApiError, { synced }: WatchState): void {
    // The server forgets old changes as a matter of course; the list that follows is told of.
    if (error.reason === 'gone') return;
    const { name } = resource;
    const told = this.#told.get(name);
    if (told?.reason === error.reason && this.now() - told.atMillis < REPEAT_MILLIS) return;
    this.#told.set(name, { reason: error.reason, atMillis: this.now() });
    const meanwhile = synced ? 'what is known is used meanwhile' : 'nothing of it is known yet';
    this.logger.warn(
      { resource: name, reason: error.reason, error: error.message },
      `Kubernetes: ${this.#advice(resource, error)}; ${meanwhile}`,
    );
  }

  #advice(resource: WatchedResource, { reason, message }: ApiError): string {
    const { name } = resource;
    switch (reason) {
      case 'forbidden':
        return `may not list and watch ${name}; add to the rules of our ClusterRole: ${clusterRoleRule(resource)}`;
      case 'unauthorized':
        return `the API server ${this.server} does not accept our token or certificate`;
      case 'credentials':
        return message;
      case 'certificate':
        return `the certificate of the API server ${this.server} is not trusted (${message})`;
      case 'connection':
        return `no connection to the API server ${this.server} for ${name} (${message})`;
      case 'timeout':
        return `the API server ${this.server} is too slow with ${name}: ${message}`;
      case 'not_found':
        return `the API server ${this.server} knows no ${name}`;
      default:
        return `${name} cannot be read: ${message}`;
    }
  }
}
