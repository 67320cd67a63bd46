import { databaseAddress } from '@trace/runtime';
import type { Link } from '../../../links/link-state';

export function databaseLink(url: URL): Link {
  const system = 'postgresql';
  const { host, port, database } = databaseAddress(url);
  return {
    name: 'database',
    isRequired: true,
    meanwhile: 'waiting for it',
    peer: { system, address: host, port },
    attributes: { 'db.system.name': system, 'db.namespace': database },
  };
}
