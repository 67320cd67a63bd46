import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../../support/paths.ts';
import { cachedFolder } from '../cache.ts';
import {
  type GivenUp,
  type RealClient,
  type Work,
  run,
  sdkEnvironment,
  workEnvironment,
} from '../real-client.ts';

const HERE = join(root, 'e2e/cases/08-real-clients/clients/python');
const INSTALL_MILLIS = 300_000;
const SEND_MILLIS = 180_000;

/** Python's grpcio (the gRPC core in C) below OpenTelemetry's exporter, from PyPI. */
export class PythonClient implements RealClient {
  readonly name = 'grpcio (Python)';
  readonly compressions = ['none', 'gzip'];
  readonly needs = ['python3'];
  #python = '';

  async install(): Promise<void> {
    const requirements = join(HERE, 'requirements.txt');
    // A virtual environment belongs to the interpreter that made it.
    const version = await run('python3', ['--version'], { timeoutMillis: INSTALL_MILLIS });
    const recipe = version + readFileSync(requirements, 'utf8');
    const venv = await cachedFolder('python', recipe, async (folder) => {
      await run('python3', ['-m', 'venv', folder], { timeoutMillis: INSTALL_MILLIS });
      const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', requirements];
      await run(join(folder, 'bin', 'python'), pip, { timeoutMillis: INSTALL_MILLIS });
    });
    this.#python = join(venv, 'bin', 'python');
  }

  async send(work: Work): Promise<GivenUp> {
    await run(this.#python, [join(HERE, 'send.py')], {
      env: { ...sdkEnvironment(work), ...workEnvironment(work) },
      timeoutMillis: SEND_MILLIS,
    });
    return {};
  }
}
