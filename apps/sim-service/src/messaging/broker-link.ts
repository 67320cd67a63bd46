import type { MessagingPeer } from '@trace/telemetry';
import type { Link } from '../links/link-state';

export function brokerLink(peer: MessagingPeer): Link {
  return {
    name: 'broker',
    isRequired: true,
    meanwhile: 'waiting for it',
    peer,
    attributes: { 'messaging.system': peer.system },
  };
}
