import { status } from '@grpc/grpc-js';
import { RpcError } from '../../rpc/rpc-error';

/** The database is away, or does not answer in time. The reason is in the log, where it is told once. */
export class StoreUnavailable extends RpcError {
  constructor() {
    super(status.UNAVAILABLE, 'the database of the users is away');
  }
}
