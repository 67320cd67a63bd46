import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { activeRules } from '../../support/engine.ts';
import { Launcher } from '../../support/launcher.ts';
import { root } from '../../support/paths.ts';
import type { ServerProcess } from '../../support/server-process.ts';
import { postgresIsMissing, postgresUrl, preparePostgres } from '../../support/servers.ts';
import { eventually } from '../../support/wait.ts';
import { WebhookReceiver } from '../../support/webhook-receiver.ts';

interface RuleFile {
  groups: { rules: { alert: string }[] }[];
}

/** What `npm start` runs, with a database, a receiver, and rules that can be switched off. */
export class DrilledPlatform {
  readonly #home = mkdtempSync(join(tmpdir(), 'trace-drills-'));
  readonly #config = join(this.#home, 'alert-engine');
  readonly #env: NodeJS.ProcessEnv = {
    TRACE_ALERT_CONFIG: join(this.#config, 'alert-engine.yaml'),
    // The launcher that runs the tests has built everything; a build now would move what other cases load.
    TRACE_SKIP_BUILD: '1',
  };
  readonly commands = new Launcher(this.#home, this.#env);
  #postgres: ServerProcess | undefined;
  #webhook: WebhookReceiver | undefined;
  #launcher: ChildProcess | undefined;

  async start(): Promise<void> {
    cpSync(join(root, 'apps/alert-engine/config'), this.#config, { recursive: true });
    this.#webhook = await WebhookReceiver.start();
    this.#env.TRACE_WEBHOOK_URL = this.#webhook.url;
    if (!postgresIsMissing) {
      this.#postgres = await preparePostgres();
      await this.#postgres.start();
      this.#env.DATABASE_URL = postgresUrl(this.#postgres);
    }
    this.#launcher = this.commands.spawn('start');
    // Nobody reads what it says, and nobody is to be waited for.
    this.#launcher.stdout?.resume();
    this.#launcher.stderr?.resume();
    await this.commands.allReady();
  }

  /** The engine reads its rules again, without this one. */
  async switchOff(alertname: string): Promise<void> {
    const file = join(this.#config, 'rules/sample-services.yaml');
    const rules = parse(readFileSync(file, 'utf8')) as RuleFile;
    for (const group of rules.groups) group.rules = group.rules.filter(({ alert }) => alert !== alertname);
    writeFileSync(file, stringify(rules));
    const engine = (await this.commands.status()).find(({ name }) => name === 'alert-engine');
    process.kill(engine?.pid ?? NaN, 'SIGHUP');
    await eventually(
      `no rule ${alertname}`,
      async () => !(await activeRules()).includes(alertname) || undefined,
      { timeoutMillis: 60_000 },
    );
  }

  async stop(): Promise<void> {
    if (this.#launcher !== undefined && this.#launcher.exitCode === null) {
      this.#launcher.kill('SIGINT');
      await once(this.#launcher, 'exit');
    }
    await this.#postgres?.close();
    await this.#webhook?.stop();
    rmSync(this.#home, { recursive: true, force: true });
  }
}
