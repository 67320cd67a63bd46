import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { activeTraceId, recordFailure } from '@trace/telemetry';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { PROBLEM_JSON, problemOf } from './problem';

/** Every error of the HTTP side as problem+json; the service's own failures on the span and in the log. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const response = http.getResponse<Response>();
    const problem = problemOf(error, http.getRequest<Request>().path, activeTraceId());
    if (problem.status >= 500) {
      recordFailure(error);
      this.logger.error({ err: error }, `request failed: ${problem.detail}`);
    }
    if (response.headersSent) {
      response.destroy();
      return;
    }
    response.status(problem.status).type(PROBLEM_JSON).send(JSON.stringify(problem));
  }
}
