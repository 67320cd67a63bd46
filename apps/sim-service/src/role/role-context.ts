import type { Program } from '@trace/runtime';
import type { Config } from '../config';

/** What a role is started with. */
export interface RoleContext extends Program {
  readonly config: Config;
  /** The configuration's file, for messages. */
  readonly configFile: string;
}
