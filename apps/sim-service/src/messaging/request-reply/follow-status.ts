import type { Observable } from 'rxjs';
import type { LinkState } from '../../links/link-state';

/** What Nest's transports tell of their connection; they come back by themselves. */
export function followStatus(statuses: Observable<string>, link: LinkState): void {
  statuses.subscribe((status) => {
    if (status === 'connected') link.connected();
    if (status === 'disconnected') link.disconnected();
  });
}
