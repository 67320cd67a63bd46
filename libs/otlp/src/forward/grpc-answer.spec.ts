import { outcomeOf } from './grpc-answer';

describe('what a status of the downstream means to the sender', () => {
  it.each(['16', '7'])('is that it should try again where our credentials are refused (%s)', (status) => {
    expect(outcomeOf({ 'grpc-status': status, 'grpc-message': 'token expired' })).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: expect.stringMatching(/this program's credentials: [A-Z_]+ token expired/) as string,
    });
  });

  it.each([
    ['3', 'INVALID_ARGUMENT'],
    ['12', 'UNIMPLEMENTED'],
    ['8', 'RESOURCE_EXHAUSTED'],
  ])('is final where it is about the request (%s)', (status, code) => {
    expect(outcomeOf({ 'grpc-status': status })).toMatchObject({ code, retryable: false });
  });
});
