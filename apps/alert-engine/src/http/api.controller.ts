import { apiNotifications, type ApiNotification } from './notifications-api';
import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { Engine } from '../engine';
import type { Notification } from '../notify/notification';
import { consolePage, CONTENT_SECURITY_POLICY } from './console-page';
import {
  apiAlerts,
  apiRuleGroups,
  success,
  type ApiAlert,
  type ApiRuleGroup,
  type Success,
} from './prometheus-api';

export const API_SOURCE = Symbol('ApiSource');

/** What the HTTP side may look at. */
export interface ApiSource {
  readonly engine: Pick<Engine, 'alerts' | 'ruleGroups' | 'lastEvaluation'>;
  readonly notifications: () => readonly Notification[];
  readonly evaluationIntervalMillis: number;
}

@Controller()
export class ApiController {
  constructor(@Inject(API_SOURCE) private readonly source: ApiSource) {}

  @Get('api/v1/rules')
  rules(): Success<{ groups: ApiRuleGroup[] }> {
    return success({ groups: this.#groups() });
  }

  @Get('api/v1/alerts')
  alerts(): Success<{ alerts: ApiAlert[] }> {
    return success({ alerts: apiAlerts(this.source.engine) });
  }

  @Get('api/v1/notifications')
  notifications(): Success<{ notifications: ApiNotification[] }> {
    return success({ notifications: apiNotifications(this.source.notifications()) });
  }

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', CONTENT_SECURITY_POLICY)
  console(): string {
    return consolePage({
      groups: this.#groups(),
      alerts: apiAlerts(this.source.engine),
      notifications: this.source.notifications(),
      now: new Date(),
    });
  }

  #groups(): ApiRuleGroup[] {
    return apiRuleGroups(this.source.engine, this.source.evaluationIntervalMillis);
  }
}
