import { Inject, Module, Optional, type DynamicModule } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { httpRequestLog } from './http-request-log';
import { bodyRules, REQUEST_LOG_OPTIONS, type RequestLogOptions } from './options';
import { RequestLogInterceptor } from './request-log.interceptor';

/** A microservice has no HTTP adapter, whatever the type of the host says. */
interface MaybeHttp {
  readonly httpAdapter?: Pick<HttpAdapterHost['httpAdapter'], 'getType' | 'use'>;
}

/**
 * Logs one line a request: HTTP by itself (on Express), gRPC and messages through `RequestLogInterceptor`, which a service binds
 * on its controllers.
 */
@Module({})
export class TelemetryModule {
  /** Before the application has a body parser: a body that cannot be parsed has its line too. */
  constructor(
    @Inject(REQUEST_LOG_OPTIONS) options: RequestLogOptions,
    @Optional() @Inject(HttpAdapterHost) host?: MaybeHttp,
  ) {
    const { bodies } = options;
    const adapter = host?.httpAdapter;
    if (adapter?.getType() === 'express') adapter.use(httpRequestLog(options, bodies && bodyRules(bodies)));
  }

  static forRoot(options: RequestLogOptions): DynamicModule {
    const provided = { provide: REQUEST_LOG_OPTIONS, useValue: options };
    return {
      module: TelemetryModule,
      global: true,
      providers: [provided, RequestLogInterceptor],
      exports: [provided, RequestLogInterceptor],
    };
  }
}
