import type { Link } from '../../../links/link-state';

/** Nothing of the URL's user and password. */
export function databaseLink({ hostname, port, pathname }: URL): Link {
  const system = 'postgresql';
  return {
    name: 'database',
    isRequired: true,
    meanwhile: 'waiting for it',
    peer: { system, address: hostname, port: port === '' ? 5432 : Number(port) },
    attributes: { 'db.system.name': system, 'db.namespace': pathname.slice(1) },
  };
}
