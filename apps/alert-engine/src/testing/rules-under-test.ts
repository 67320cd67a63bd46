import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { EngineHome, EngineProcess } from './engine-process';
import { WebhookReceiver } from './webhook-receiver';

/** An engine with one of the rule files that ship, and no other, and who it notifies. */
export class RulesUnderTest {
  private constructor(
    readonly engine: EngineProcess,
    readonly webhook: WebhookReceiver,
    private readonly home: EngineHome,
  ) {}

  /** @param file in config/rules */
  static async start(file: string): Promise<RulesUnderTest> {
    const rules: unknown = parse(readFileSync(join(__dirname, '../../config/rules', file), 'utf8'));
    const home = new EngineHome({}, rules);
    const webhook = await WebhookReceiver.start();
    return new RulesUnderTest(await EngineProcess.start(home, webhook.url), webhook, home);
  }

  async stop(): Promise<void> {
    await this.engine.kill();
    await this.webhook.stop();
    this.home.remove();
  }
}
