import { paint, type Style } from '../terminal/style.ts';
import { askBackends } from '../verify/ask-backends.ts';
import { checksOf, isWell, type Check, type CheckState } from '../verify/checks.ts';

export interface VerifyOptions {
  readonly service: string | undefined;
  readonly minutes: number;
  readonly json: boolean;
  readonly color: boolean;
}

const styles: Record<CheckState, Style> = { ok: 'green', incomplete: 'yellow', missing: 'red' };

/** `npm run verify-service -- <service.name>`: what of it is there, and what to do for what is not. */
export async function verifyService({ service, minutes, json, color }: VerifyOptions): Promise<number> {
  if (service === undefined || !(minutes > 0)) {
    console.error('Usage: npm run verify-service -- <service.name> [--minutes 15] [--json]');
    return 2;
  }
  const checks = checksOf(service, await askBackends(service, minutes));
  if (json) console.log(JSON.stringify({ service, checks }));
  else console.log(lines(service, minutes, checks, color).join('\n'));
  return isWell(checks) ? 0 : 1;
}

function lines(service: string, minutes: number, checks: readonly Check[], color: boolean): string[] {
  const painted = (state: CheckState): string => {
    const word = state.padEnd(10);
    return color ? paint(styles[state], word) : word;
  };
  return [
    `${service}, the last ${minutes} minutes`,
    ...checks.flatMap(({ name, state, detail, remedy }) => [
      `  ${painted(state)}  ${name.padEnd(13)}  ${detail}`,
      ...(remedy === undefined ? [] : [`${' '.repeat(29)}→ ${remedy}`]),
    ]),
  ];
}
