import { healthPaths } from '../../health/health.openapi';
import { openApiDocument } from '../../openapi/openapi';

export const paymentsDocument = openApiDocument('payments', {
  ...healthPaths,
  '/metrics': { get: { summary: 'Metrics for Prometheus', answers: { 200: 'text/plain' } } },
});
