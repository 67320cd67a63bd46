import type { MessagingPeer } from '@trace/telemetry';
import type { Link } from '../links/link-state';

export function brokerLink({ system, address, port }: MessagingPeer): Link {
  return {
    name: 'broker',
    meanwhile: 'waiting for it',
    attributes: { 'messaging.system': system, 'server.address': address, 'server.port': port },
  };
}
