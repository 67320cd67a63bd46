import { healthPaths } from '../../health/health.openapi';
import { openApiDocument } from '../../openapi/openapi';
import { newReplay, replayState } from './replay/replay.schema';

export const logForwarderDocument = openApiDocument('log-forwarder', {
  '/replay': {
    get: { summary: 'What has come of the replay so far', answers: { 200: replayState } },
    post: {
      summary: 'Forward what the stream has stored in a time once more; one replay at a time',
      body: newReplay,
      answers: { 202: replayState },
      problems: [400, 409, 413, 503],
    },
    delete: {
      summary: 'End it; answered when the request that is under way is over',
      answers: { 200: replayState },
    },
  },
  ...healthPaths,
  '/metrics': { get: { summary: 'Metrics for Prometheus', answers: { 200: 'text/plain' } } },
});
