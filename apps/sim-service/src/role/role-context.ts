import type { Program } from '@trace/runtime';
import type { Config } from '../config';
import type { LiveConfig } from './live-config';

/** What a role is started with. */
export interface RoleContext extends Program {
  /** As it was at the start. */
  readonly config: Config;
  readonly live: Pick<LiveConfig, 'onChange'>;
  /** The configuration's file, for messages. */
  readonly configFile: string;
}

/** What a role's module is made of. */
export type ModuleContext = Pick<RoleContext, 'config' | 'logger' | 'live'>;
