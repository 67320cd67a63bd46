import { ConnectionError } from './frames';
import { ReceiveWindow } from './receive-window';

describe('a receive window', () => {
  it('is opened again when half of it is taken, by all that was', () => {
    const window = new ReceiveWindow(100);
    expect([49, 1, 30, 60].map((bytes) => window.take(bytes))).toEqual([0, 50, 0, 90]);
  });

  it('takes no more than it has', () => {
    const window = new ReceiveWindow(100);
    expect(window.take(100)).toBe(100);
    window.take(49);
    expect(() => window.take(52)).toThrow(ConnectionError);
  });
});
