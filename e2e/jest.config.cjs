'use strict';

module.exports = {
  ...require('../jest.preset.js'),
  // The cases share the platform's fixed ports: in one network one after the other.
  maxWorkers: 1,
  // A case that failed half-way may have left a socket open; the run must end all the same.
  forceExit: true,
  // Every wait inside has its own, shorter deadline; this one only ends what hangs.
  testTimeout: 1_800_000,
};
