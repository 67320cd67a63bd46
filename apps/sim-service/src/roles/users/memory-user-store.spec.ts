import { MemoryUserStore } from './memory-user-store';
import { itIsAUserStore } from './user-store.contract';

describe('MemoryUserStore', () => {
  itIsAUserStore((options) => Promise.resolve(new MemoryUserStore(options)));
});
