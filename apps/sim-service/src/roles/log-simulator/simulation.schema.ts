import { z } from 'zod';

/** What a request does to the resource that it names. */
export const OPERATIONS = ['create', 'read', 'update', 'delete'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** Why a line was made and not delivered. */
export const DROP_REASONS = ['queue_full', 'refused', 'file'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

const weight = z.number().min(0).max(1_000_000);
const count = z.int().min(0);

/** Relative weights. */
const mix = z
  .strictObject({
    create: weight.default(10),
    read: weight.default(75),
    update: weight.default(10),
    delete: weight.default(5),
  })
  .refine((weights) => Object.values(weights).some((each) => each > 0), 'one weight above 0 at least');

/** `POST /simulation`, and each step of a scenario. */
export const newSimulation = z.strictObject({
  lines_per_second: z.int().min(1).max(50_000).default(100),
  duration_seconds: z.number().positive().max(86_400).default(60),
  mix: mix.prefault({}),
  /** Of the requests, those that the made-up service answers with a status of 400 or more. */
  error_share: z.number().min(0).max(1).default(0.05),
  users: z.int().min(1).max(1_000_000).default(100),
  addresses: z.int().min(1).max(65_536).default(50),
  format: z.enum(['common', 'combined']).default('combined'),
  destination: z.enum(['otlp', 'file']).default('otlp'),
});
export type Settings = z.output<typeof newSimulation>;

const byOperation = z.strictObject({ create: count, read: count, update: count, delete: count });

/** `GET /simulation`; made = delivered + dropped + waiting. */
export const simulationState = z.strictObject({
  running: z.boolean(),
  /** Of the one that runs, or ran last. */
  settings: newSimulation.nullable(),
  started_at: z.iso.datetime().nullable(),
  /** When it will end, or ended. */
  ends_at: z.iso.datetime().nullable(),
  lines_made: count,
  lines_delivered: count,
  lines_dropped: z.strictObject({ queue_full: count, refused: count, file: count }),
  lines_waiting: count,
  errors: count,
  made_by_operation: byOperation,
  /** Lines made in each of the last seconds, oldest first. */
  series: z.array(z.strictObject({ second: z.iso.datetime(), made: byOperation })),
  last_lines: z.array(z.string()),
});
export type SimulationState = z.output<typeof simulationState>;

const MAX_STEPS = 100;

/** `POST /scenario`: simulations one after the other. */
export const newScenario = z.strictObject({ steps: z.array(newSimulation).min(1).max(MAX_STEPS) });
export type ScenarioSettings = z.output<typeof newScenario>;

/** `GET /scenario`: of the one that runs, or ran last. */
export const scenarioState = z.strictObject({
  running: z.boolean(),
  steps: count.describe('How many there are'),
  /** Of the steps that are over, in their order. */
  results: z.array(
    simulationState.pick({ settings: true, lines_made: true, lines_delivered: true, lines_dropped: true }),
  ),
});
export type ScenarioState = z.output<typeof scenarioState>;
