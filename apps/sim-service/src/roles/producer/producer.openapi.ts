import { healthPaths } from '../../health/health.openapi';
import { openApiDocument } from '../../openapi/openapi';
import { loadStarted, newLoad, newMessage, newMessages, sent, sentBulk } from './producer.schema';

export const producerDocument = openApiDocument('producer', {
  '/send': {
    post: {
      summary: 'Send one message; answered when the broker has it on disk',
      body: newMessage,
      answers: { 202: sent },
      problems: [400, 413, 500, 503],
    },
  },
  '/send-bulk': {
    post: {
      summary: 'Send the same content many times; the answer tells how many were confirmed when not all were',
      body: newMessages,
      answers: { 202: sentBulk },
      problems: [400, 413, 500, 503],
    },
  },
  '/simulate-load': {
    post: {
      summary: 'Send messages of random priority for a while; one such load at a time',
      body: newLoad,
      answers: { 202: loadStarted },
      problems: [400, 409, 413, 500],
    },
  },
  ...healthPaths,
  '/metrics': { get: { summary: 'Metrics for Prometheus', answers: { 200: 'text/plain' } } },
});
