import type { Link } from '../../../links/link-state';

/** Nothing of the URL's user and password. */
export function databaseLink({ hostname, port, pathname }: URL): Link {
  return {
    name: 'database',
    meanwhile: 'waiting for it',
    attributes: {
      'db.system.name': 'postgresql',
      'db.namespace': pathname.slice(1),
      'server.address': hostname,
      'server.port': port === '' ? 5432 : Number(port),
    },
  };
}
