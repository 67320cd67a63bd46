import { healthPaths } from '../../health/health.openapi';
import { openApiDocument } from '../../openapi/openapi';
import { deadLetters, letterLimit, messageId, replayed, stats } from './consumer.schema';

export const consumerDocument = openApiDocument('consumer', {
  '/stats': { get: { summary: 'What was processed', answers: { 200: stats }, problems: [500] } },
  '/dead-letters': {
    get: {
      summary: 'Messages that failed twice or were too old, with the reason and the trace',
      parameters: { limit: letterLimit },
      answers: { 200: deadLetters },
      problems: [400, 500, 503],
    },
  },
  '/dead-letters/{id}/replay': {
    post: {
      summary: 'Send a dead letter again as if it were new',
      parameters: { id: messageId },
      answers: { 202: replayed },
      problems: [400, 404, 500, 503],
    },
  },
  ...healthPaths,
  '/metrics': { get: { summary: 'Metrics for Prometheus', answers: { 200: 'text/plain' } } },
});
