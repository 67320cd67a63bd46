import { logsSubjectOf } from './logs-subject';

it.each([
  ['users', 'logs.users'],
  ['my-shop_2', 'logs.my-shop_2'],
  ['com.example.shop', 'logs.com_example_shop'],
  ['a *b>', 'logs.a__b_'],
  ['Größe', 'logs.Gr__e'],
  ['', 'logs.unknown_service'],
])('the subject of the service %j is %s', (service, subject) => {
  expect(logsSubjectOf(service)).toBe(subject);
});
