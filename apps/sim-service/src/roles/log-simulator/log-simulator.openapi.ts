import { health } from '../../http/health.controller';
import { openApiDocument } from '../../openapi/openapi';
import { newSimulation, simulationState } from './simulation.schema';

export const logSimulatorDocument = openApiDocument('log-simulator', {
  '/simulation': {
    get: {
      summary: 'What runs, or ran last, and what became of its lines',
      answers: { 200: simulationState },
    },
    post: {
      summary: 'Make access log lines at a rate for a time; one simulation at a time',
      body: newSimulation,
      answers: { 202: simulationState },
      problems: [400, 409, 413],
    },
    delete: {
      summary: 'End it; answered when every line has been delivered or dropped',
      answers: { 200: simulationState },
    },
  },
  '/health': { get: { summary: 'Whether it answers', answers: { 200: health } } },
});
