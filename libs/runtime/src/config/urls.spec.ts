import { databaseAddress, databaseUrl } from './urls';

describe('databaseUrl', () => {
  const schema = databaseUrl('THE_VARIABLE');

  it('may be nothing', () => {
    expect(schema.parse('')).toBeUndefined();
  });

  it.each(['postgresql://trace:secret@127.0.0.1:5432/users', 'postgres://db/users?sslmode=verify-full'])(
    'is PostgreSQL: %s',
    (url) => {
      expect(schema.parse(url)?.href).toBe(url);
    },
  );

  it.each(['mysql://trace:secret@127.0.0.1/users', 'postgresql:', 'trace:secret@localhost:5432', 'db'])(
    'is not %s',
    (url) => {
      expect(schema.safeParse(url).error?.issues).toMatchObject([
        { message: expect.stringMatching(/^a URL postgresql:.*\(THE_VARIABLE\)$/) as string },
      ]);
    },
  );
});

describe('databaseAddress', () => {
  it.each([
    [
      'postgresql://trace:secret@db.internal:6432/alerts',
      { host: 'db.internal', port: 6432, database: 'alerts' },
    ],
    ['postgres://[::1]/alerts?sslmode=disable', { host: '[::1]', port: 5432, database: 'alerts' }],
  ])('tells nothing of the user and the password of %s', (url, address) => {
    expect(databaseAddress(new URL(url))).toEqual(address);
  });
});
