import { isAborted } from '../abort.ts';
import type { Clock } from '../clock.ts';
import type { LauncherConfig } from '../config.ts';
import { oneLine } from '../errors.ts';
import type { ToolName } from '../programs/program.ts';
import { Toolchain } from '../toolchain/acquire.ts';
import { defaultDownloadLimits } from '../toolchain/download.ts';
import { loadRecipe } from '../toolchain/recipe.ts';

/** What `toolchain/<tool>` says how to have: an outside program of the platform, or one that only tests run. */
export interface Tool {
  readonly tool: ToolName;
}

export interface AcquireAllOptions<T extends Tool> {
  readonly config: LauncherConfig;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly onProgress: (program: T, detail: string) => void;
  readonly onAcquired: (program: T, executable: string) => void;
  readonly onFailed: (program: T, reason: string) => void;
}

/** Has the programs one at a time (two cores gain nothing from two Go builds) and tells of each as it comes. */
export async function acquireAll<T extends Tool>(
  wanted: readonly T[],
  options: AcquireAllOptions<T>,
): Promise<void> {
  const { config, clock, signal, say, onProgress, onAcquired, onFailed } = options;
  let current: T | undefined;
  const toolchain = new Toolchain({
    ...config,
    limits: defaultDownloadLimits,
    clock,
    signal,
    report: (detail) => {
      if (current !== undefined) onProgress(current, detail);
    },
    warn: say,
  });
  for (const program of wanted) {
    if (signal.aborted) return;
    current = program;
    try {
      const recipe = loadRecipe(`${config.root}/toolchain`, program.tool);
      onAcquired(program, await toolchain.acquire(recipe));
    } catch (error) {
      if (!isAborted(signal)) onFailed(program, oneLine(error));
    }
  }
}
