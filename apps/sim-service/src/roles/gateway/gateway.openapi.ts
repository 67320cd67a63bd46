import { z } from 'zod';
import { healthPaths } from '../../health/health.openapi';
import { openApiDocument, type Operation } from '../../openapi/openapi';
import { newOrder, order } from '../orders/order.schema';
import { listLimit, newUser, user, userId } from '../users/user.schema';

/** A service behind it is away, or does not answer in time. */
const UPSTREAM_PROBLEMS = [500, 503, 504];

const byId = { parameters: { id: userId } };

const withBody = (problems: readonly number[]): Pick<Operation, 'problems'> => ({
  problems: [400, 413, ...problems, ...UPSTREAM_PROBLEMS],
});

export const gatewayDocument = openApiDocument('gateway', {
  '/api/v1/users': {
    get: {
      summary: 'The first users, and how many there are',
      parameters: { limit: listLimit.default(20) },
      answers: { 200: z.strictObject({ users: z.array(user), total: z.int().min(0) }) },
      problems: [400, ...UPSTREAM_PROBLEMS],
    },
    post: { summary: 'Create a user', body: newUser, answers: { 201: user }, ...withBody([409, 429]) },
  },
  '/api/v1/users/{id}': {
    get: {
      summary: 'One user',
      ...byId,
      answers: { 200: user },
      problems: [400, 404, ...UPSTREAM_PROBLEMS],
    },
    put: {
      summary: 'Change a user',
      ...byId,
      body: newUser,
      answers: { 200: user },
      ...withBody([404, 409]),
    },
    delete: {
      summary: 'Delete a user',
      ...byId,
      answers: { 204: null },
      problems: [400, 404, ...UPSTREAM_PROBLEMS],
    },
  },
  '/api/v1/orders': {
    post: {
      summary: 'Order something for a user, who pays for it at once',
      body: newOrder,
      answers: { 201: order },
      ...withBody([404, 409, 502]),
    },
  },
  '/api/v1/error': { get: { summary: 'Fails, always', answers: {}, problems: [500] } },
  ...healthPaths,
});
