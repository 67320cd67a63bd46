/** The last word of a name, after which nothing may be shown: `bearerToken`, `API_KEY`, `client-key-data`. */
const SECRET_NAME =
  /(^|[^a-z])(tokens?|secrets?|passwords?|passwd|passphrases?|credentials?|authorization|key)([^a-z]+data)?$/;

/** Chat systems put the secret into the URL of the webhook itself, and so do those who wait for heartbeats. */
const SECRET_URL = /(^|[._])(webhook|heartbeat)[._]url$/i;

/** Of a URL, `user:password@` or `?password=`. */
const URL_CREDENTIALS = /:\/\/\S*[@=]/;

/** Anywhere in a text whose structure is not known, because it cannot be parsed. */
const SECRET_WORD = /token|secret|passw|passphrase|key|credential|authorization/i;

/** Whether what stands at `path` (`receive.bearerToken.token`), or below it, must not be printed. */
export function isSecretPath(path: string): boolean {
  if (isSecretAddress(path)) return true;
  return path.split(/[.[\]"]+/).some((name) => SECRET_NAME.test(wordsOf(name)));
}

/** Whether the path of the URL that stands there is itself a secret. */
export function isSecretAddress(path: string): boolean {
  return SECRET_URL.test(path);
}

/** Whether a value is a URL that may hold a password, wherever it stands. */
export function isSecretUrl(value: unknown): boolean {
  return typeof value === 'string' && URL_CREDENTIALS.test(value);
}

/** Whether a text may hold a secret, as far as can be told without its structure. */
export function mayHoldSecrets(text: string): boolean {
  return SECRET_WORD.test(text);
}

/** Whether one of the paths is the other one, or stands below it. */
export function areOneBranch(path: string, other: string): boolean {
  const [short, long] = path.length < other.length ? [path, other] : [other, path];
  return short === '' || (long.startsWith(short) && ['.', '[', undefined].includes(long[short.length]));
}

function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
}
