'use strict';

/** Against a real cluster, by `npm run test:cluster` only. */
module.exports = { ...require('./jest.config.cjs'), testMatch: ['**/cluster/*.cluster.ts'] };
