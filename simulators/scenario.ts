import type { Priority } from '../domain/alert.js';
import { VigieError } from '../domain/errors.js';
import type { Metric } from '../domain/metrics.js';
import type { EpochMillis, Millis } from '../domain/time.js';
import { loadPlugins } from '../platform/plugins.js';
import type { Cast } from './cast.js';
import type { Script } from './incidents.js';

/** An alert the system must raise for this to count as a success. */
export interface ExpectedAlert {
  readonly resident: string;
  readonly metric: Metric;
  readonly priority: Priority;
  /** From the start of the scenario, in simulated time. */
  readonly within: Millis;
}

/** One file of `scenarios/` each: what happens, and which alerts must come of it. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** Simulated time until the scenario is over, at the latest. */
  readonly duration: Millis;
  /** Residents whose devices are simulated; everybody when left out. */
  takesPart?(cast: Cast): readonly string[];
  script(cast: Cast, origin: EpochMillis): Script;
  expected(cast: Cast): readonly ExpectedAlert[];
  /** No other clinical or safety alert may come up for those who take part. */
  readonly nothingElse?: boolean;
}

const isScenario = (exported: unknown): exported is Scenario =>
  typeof exported === 'object' && exported !== null && 'script' in exported && 'expected' in exported;

/** Every scenario, by name. */
export const loadScenarios = (): Promise<readonly Scenario[]> =>
  loadPlugins(new URL('./scenarios/', import.meta.url), isScenario);

/** Throws `scenario.unknown`, naming those that exist. */
export const scenarioNamed = async (name: string): Promise<Scenario> => {
  const scenarios = await loadScenarios();
  const scenario = scenarios.find((each) => each.name === name);
  if (!scenario)
    throw new VigieError(
      'scenario.unknown',
      `expected a scenario (${scenarios.map((each) => each.name).join(', ')}), came "${name}"`,
    );
  return scenario;
};
