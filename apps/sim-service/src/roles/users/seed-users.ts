import type { User } from '../../rpc/users-api';

/** Users "1", "2", …, the oldest first, so that there is somebody to ask for from the start. */
export function seedUsers(count: number): User[] {
  return Array.from({ length: count }, (_, index) => {
    const n = index + 1;
    return { id: String(n), name: `User ${n}`, email: `user-${n}@example.com` };
  });
}
