import fc from 'fast-check';
import { deadLetterHeadersOf, deadLetterOf, headersOf, messageOf, PRIORITIES, type Message } from './message';

const DEFAULTS = { priority: 'low', sentAtMillis: 1234 } as const;

const messages: fc.Arbitrary<Message> = fc.record({
  id: fc.stringMatching(/^[\w-]{1,64}$/),
  priority: fc.constantFrom(...PRIORITIES),
  content: fc.string(),
  sentAtMillis: fc.integer({ min: 1 }),
  attempt: fc.integer({ min: 1, max: 10 }),
  trace: fc.record({ traceparent: fc.string(), baggage: fc.string() }, { requiredKeys: [] }),
});

describe('the headers of a message', () => {
  it('carry all of it but the body', () => {
    fc.assert(
      fc.property(messages, (message) => {
        expect(messageOf(headersOf(message), message.content, DEFAULTS)).toEqual(message);
      }),
    );
  });

  it('may be missing, wrong, or those of another program: what is delivered is a message', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('message-id', 'message-attempt', 'x'), fc.string()),
        (headers) => {
          const message = messageOf(headers, 'body', DEFAULTS);
          expect(message).toMatchObject({ content: 'body', priority: 'low', sentAtMillis: 1234, trace: {} });
          expect(message.id).toMatch(/^[\w-]{1,64}$/);
          expect(message.attempt).toBeGreaterThanOrEqual(1);
        },
      ),
    );
    expect(messageOf({}, '', DEFAULTS).id).not.toBe(messageOf({}, '', DEFAULTS).id);
  });

  it('carry why it was put aside, in one short line', () => {
    const [message] = fc.sample(messages, 1);
    const letter = { message: message!, failedAtMillis: 99, traceId: 'a'.repeat(32) };
    const headers = deadLetterHeadersOf({ ...letter, reason: `first\r\nsecond ${'x'.repeat(1000)}` });
    expect(headers['dead-reason']).toMatch(/^first second x{487}$/);
    expect(deadLetterOf(headers, message!.content, { ...DEFAULTS, reason: 'none' })).toMatchObject(letter);
  });

  it('leave it to the broker to say why, and to the message in which trace', () => {
    const headers = { traceparent: `00-${'b'.repeat(32)}-${'c'.repeat(16)}-01` };
    expect(deadLetterOf(headers, '', { ...DEFAULTS, reason: 'expired' })).toMatchObject({
      reason: 'expired',
      failedAtMillis: 1234,
      traceId: 'b'.repeat(32),
    });
  });
});
