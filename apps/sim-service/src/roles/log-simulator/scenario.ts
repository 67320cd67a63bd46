import type { Simulation } from './simulation';
import type { ScenarioSettings, ScenarioState } from './simulation.schema';

const NEVER_RAN: ScenarioState = { running: false, steps: 0, results: [] };

/** Runs simulations one after the other; a step begins when every line of the one before has been delivered or dropped. */
export class Scenario {
  #state = NEVER_RAN;
  #isStopped = false;
  #over: Promise<void> = Promise.resolve();

  constructor(private readonly simulation: Simulation) {}

  get state(): ScenarioState {
    return this.#state;
  }

  /** False when one is running, or a simulation by itself is. */
  start({ steps }: ScenarioSettings): boolean {
    const [first, ...others] = steps;
    if (this.#state.running || first === undefined || !this.simulation.start(first)) return false;
    this.#state = { running: true, steps: steps.length, results: [] };
    this.#isStopped = false;
    this.#over = this.#run(others);
    return true;
  }

  /** Ends the step that is running, and with it the scenario. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    if (this.#state.running) await this.simulation.stop();
    await this.#over;
  }

  /** To the end of the step that runs, then the others. */
  async #run(others: ScenarioSettings['steps']): Promise<void> {
    for (const next of [...others, undefined]) {
      await this.simulation.over();
      const { settings, lines_made, lines_delivered, lines_dropped } = this.simulation.state;
      const result = { settings, lines_made, lines_delivered, lines_dropped };
      this.#state = { ...this.#state, results: [...this.#state.results, result] };
      // Somebody may have begun a simulation by hand between two steps: then it is theirs.
      if (next === undefined || this.#isStopped || !this.simulation.start(next)) break;
    }
    this.#state = { ...this.#state, running: false };
  }
}
