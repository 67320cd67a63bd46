import { Module, type DynamicModule } from '@nestjs/common';
import type { MessagingPeer } from '@trace/telemetry';
import { Registry } from 'prom-client';
import { createApp, listen } from '../../http/create-app';
import { ServiceModule } from '../../http/service.module';
import { LinkState } from '../../links/link-state';
import { MetricsController, REGISTRY } from '../../messaging/metrics.controller';
import { REQUEST_PEER } from '../../messaging/request-reply/request-span.interceptor';
import { followStatus } from '../../messaging/request-reply/follow-status';
import { requestServer } from '../../messaging/request-reply/transport';
import { brokerLink } from '../../messaging/broker-link';
import { peerOf } from '../../messaging/broker-url';
import { OPENAPI_DOCUMENT, OpenApiController } from '../../openapi/openapi.controller';
import type { ModuleContext, RoleContext } from '../../role/role-context';
import { PAYMENTS } from '../../rpc/payments-api';
import { PaymentMetrics } from './payment-metrics';
import { PAYMENT_RULES, PaymentsController, type PaymentRules } from './payments.controller';
import { paymentsDocument } from './payments.openapi';

/** Nothing but `/faults` has a body. */
const MAX_BODY_BYTES = 16 * 1024;

@Module({})
export class PaymentsModule {
  static forRoot(context: ModuleContext, peer: MessagingPeer, link: LinkState): DynamicModule {
    const { config, live } = context;
    const registry = new Registry();
    const rules: PaymentRules = { current: config.payments };
    live.onChange(({ payments }) => {
      rules.current = payments;
    });
    return {
      module: PaymentsModule,
      imports: [ServiceModule.forRoot({ role: 'payments', context, dependencies: [link] })],
      controllers: [PaymentsController, MetricsController, OpenApiController],
      providers: [
        { provide: REQUEST_PEER, useValue: peer },
        { provide: PAYMENT_RULES, useValue: rules },
        { provide: PaymentMetrics, useValue: new PaymentMetrics(registry) },
        { provide: REGISTRY, useValue: registry },
        { provide: OPENAPI_DOCUMENT, useValue: paymentsDocument },
      ],
    };
  }
}

export async function startPayments(context: RoleContext): Promise<void> {
  const { config, configFile, logger, shutdown } = context;
  const { http, answerTimeout } = config.payments;
  const peer = peerOf(config.broker.url);
  const link = new LinkState(brokerLink(peer), logger);
  const app = await createApp(PaymentsModule.forRoot(context, peer, link), logger, MAX_BODY_BYTES);
  const server = requestServer(
    { broker: config.broker, destination: PAYMENTS, answerTimeoutMillis: answerTimeout },
    'payments',
  );
  followStatus(app.connectMicroservice(server).status, link);
  // Resolves once the broker has been there, which may be later.
  void app.startAllMicroservices();
  await listen(app, logger, { ...http, setting: `payments.http.port in ${configFile}` });
  shutdown.add('stop accepting and drain', () => app.close(), 10_000);
}
