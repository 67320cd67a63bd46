import type { Paths } from '../openapi/openapi';
import { health, liveness } from './health.schema';

/** What every role answers of its health. */
export const healthPaths: Paths = {
  '/health': {
    get: {
      summary: 'Whether everything is there that the role needs, and what is not',
      answers: { 200: health, 503: health },
    },
  },
  '/healthz': { get: { summary: 'Whether the role itself answers', answers: { 200: liveness } } },
};
