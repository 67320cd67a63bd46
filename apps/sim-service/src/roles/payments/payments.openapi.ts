import { brokerHealth } from '../../messaging/broker-health.controller';
import { openApiDocument } from '../../openapi/openapi';

export const paymentsDocument = openApiDocument('payments', {
  '/health': {
    get: { summary: 'Whether the broker is connected', answers: { 200: brokerHealth, 503: brokerHealth } },
  },
  '/metrics': { get: { summary: 'Metrics for Prometheus', answers: { 200: 'text/plain' } } },
});
