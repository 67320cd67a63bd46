import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../../../support/paths.ts';
import { cachedFolder } from '../../../../support/cached-folder.ts';
import { install, run } from '../../../../support/commands.ts';
import { type GivenUp, type RealClient, type Work, sdkEnvironment, workEnvironment } from '../real-client.ts';

const HERE = join(root, 'e2e/cases/08-real-clients/clients/python');
const SEND_MILLIS = 900_000;

/** Python's grpcio (the gRPC core in C) below OpenTelemetry's exporter, from PyPI. */
export class PythonClient implements RealClient {
  readonly name = 'grpcio (Python)';
  readonly compressions = ['none', 'gzip'];
  readonly needs = ['python3'];
  #python = '';

  async install(): Promise<void> {
    const requirements = join(HERE, 'requirements.txt');
    // A virtual environment belongs to the interpreter that made it.
    const version = await install('python3', ['--version']);
    const recipe = version + readFileSync(requirements, 'utf8');
    const venv = await cachedFolder('python', recipe, async (folder) => {
      await install('python3', ['-m', 'venv', folder]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--only-binary', ':all:', '-r', requirements];
      await install(join(folder, 'bin', 'python'), pip);
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
