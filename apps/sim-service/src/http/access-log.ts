import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';

const UNLOGGED_PATHS = new Set(['/health', '/faults', '/metrics']);

/** One line for each request, when its response is complete. */
export function accessLog(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (UNLOGGED_PATHS.has(request.path)) {
      next();
      return;
    }
    const startedAt = performance.now();
    const path = request.path;
    response.on('finish', () => {
      const route = (request.route as { path?: string } | undefined)?.path;
      logger.info(
        {
          'http.request.method': request.method,
          'http.route': route,
          'http.response.status_code': response.statusCode,
          'url.path': path,
          durationMillis: Math.round(performance.now() - startedAt),
        },
        `${request.method} ${route ?? path} ${response.statusCode}`,
      );
    });
    next();
  };
}
