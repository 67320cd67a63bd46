import type { ProgramName } from '../programs/program.ts';
import type { ActiveAlert } from './runner/alerts.ts';
import type { LoadRequest } from './runner/load.ts';
import type { DrillRun } from './runner/drill-run.ts';

/** The labels by which a drill knows its alert; others may be there besides. */
export interface ExpectedAlert {
  readonly alertname: string;
  readonly service_name: string;
}

export interface Finding {
  readonly holds: boolean;
  /** What was found instead, or where. */
  readonly found: string;
}

/** One thing that the alert has to have at hand. */
export interface EvidenceCheck {
  /** The rest of a sentence that begins with "the alert has": for the table of drills, and beside a tick. */
  readonly what: string;
  /** Asked again and again until it holds: telemetry takes a few seconds to the backends. */
  readonly check: (alert: ActiveAlert, run: DrillRun) => Promise<Finding> | Finding;
}

/** A fault that is brought about on purpose, and the alert that has to tell of it. */
export interface Drill {
  readonly name: string;
  /** What it does to the platform. */
  readonly summary: string;
  /** It does so for this long at most; it ends when the alert has fired and its evidence holds. */
  readonly durationSeconds: number;
  readonly alert: ExpectedAlert;
  readonly evidence: readonly EvidenceCheck[];
  /** Programs that have to be ready, beside the Collector, the enrichment processor and the alert engine. */
  readonly needs: readonly ProgramName[];
  /** Throws a LauncherError if the platform is not such that the drill can be done. */
  readonly precondition?: (run: DrillRun) => Promise<void>;
  /**
   * What is asked of the platform a few times a second, before, during and after the fault. A rule that judges
   * requests needs it: to see that they fail, and that they are well again.
   */
  readonly load?: (run: DrillRun) => Promise<LoadRequest> | LoadRequest;
  /** Begins the fault, and leaves with the run what ends it. */
  readonly begin: (run: DrillRun) => Promise<void>;
}
