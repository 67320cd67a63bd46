import { healthPaths } from '../../health/health.openapi';
import { openApiDocument } from '../../openapi/openapi';
import { newScenario, newSimulation, scenarioState, simulationState } from './simulation.schema';

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
  '/scenario': {
    get: { summary: 'What has come of the steps so far', answers: { 200: scenarioState } },
    post: {
      summary: 'Simulations one after the other; refused as a whole when a step is wrong',
      body: newScenario,
      answers: { 202: scenarioState },
      problems: [400, 409, 413],
    },
    delete: { summary: 'End the step that runs, and the scenario', answers: { 200: scenarioState } },
  },
  ...healthPaths,
});
