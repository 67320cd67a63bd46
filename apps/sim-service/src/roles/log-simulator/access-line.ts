import { OPERATIONS, type Operation, type Settings } from './simulation.schema';

/** One request to a made-up service, as its access log has it. */
export interface AccessLine {
  readonly text: string;
  readonly operation: Operation;
  readonly isError: boolean;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const METHODS: Record<Operation, string> = { create: 'POST', read: 'GET', update: 'PUT', delete: 'DELETE' };
const SUCCESSES: Record<Operation, number> = { create: 201, read: 200, update: 200, delete: 204 };
const ERRORS = [400, 401, 403, 404, 409, 429, 500, 502, 503, 504];
const COLLECTIONS = ['users', 'orders', 'products', 'carts', 'invoices'];
const AGENTS = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1',
  'curl/8.8.0',
];
const RESOURCES_OF_A_COLLECTION = 10_000;
const MAX_RESPONSE_BYTES = 20_000;
/** Of the addresses, which are documentation's or private: nobody's. */
const NETWORKS = ['192.0.2', '198.51.100', '203.0.113'];

/** Makes lines in Common or Combined Log Format, as many as are asked for, at random within the settings. */
export class AccessLines {
  readonly #thresholds: readonly number[];

  constructor(
    private readonly settings: Settings,
    private readonly random: () => number,
  ) {
    const weights = OPERATIONS.map((operation) => settings.mix[operation]);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    let below = 0;
    this.#thresholds = weights.map((weight) => (below += weight / sum));
  }

  /** @param time as `clfTime` writes it */
  next(time: string): AccessLine {
    const { settings } = this;
    const at = this.random();
    // Rounding may leave the last threshold a little below 1.
    const operation = OPERATIONS[this.#thresholds.findIndex((threshold) => at < threshold)] ?? 'read';
    const isError = this.random() < settings.error_share;
    const status = isError ? pick(ERRORS, this.random) : SUCCESSES[operation];
    const collection = pick(COLLECTIONS, this.random);
    const path =
      operation === 'create'
        ? `/api/v1/${collection}`
        : `/api/v1/${collection}/${this.#below(RESOURCES_OF_A_COLLECTION)}`;
    const bytes = status === 204 ? '-' : String(this.#below(MAX_RESPONSE_BYTES));
    const common = `${address(this.#below(settings.addresses))} - user-${this.#below(settings.users)} [${time}] "${METHODS[operation]} ${path} HTTP/1.1" ${status} ${bytes}`;
    const text =
      settings.format === 'common'
        ? common
        : `${common} "https://shop.example/${collection}" "${pick(AGENTS, this.random)}"`;
    return { text, operation, isError };
  }

  #below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}

/** `10/Oct/2000:13:55:36 +0000`, the time of a line. */
export function clfTime(epochMillis: number): string {
  const date = new Date(epochMillis);
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()] ?? ''}/${date.getUTCFullYear()}:${clock} +0000`;
}

/** The first addresses are documentation's (RFC 5737), the rest private (RFC 1918). */
function address(index: number): string {
  const network = NETWORKS[Math.floor(index / 256)];
  return network === undefined ? `10.0.${index >> 8}.${index & 255}` : `${network}.${index & 255}`;
}

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T;
}
