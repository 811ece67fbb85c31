/** What the `vigie` command needs of the simulators. */
export { DEMO_PASSWORD, DEMO_SITE, demoProvisioning, type DemoOptions } from './demo-provisioning.js';
export { type Fleet, type FleetCounts, type FleetOptions, startFleet } from './fleet.js';
export { demoScript } from './demo-script.js';
export type { Provisioning } from './provisioning.js';
export { readRecording, replayRecording, type ReplayOptions } from './replay.js';
export { DEMO_CARER, runScenario, type ScenarioResult, type ScenarioRun } from './run-scenario.js';
export { loadScenarios, type Scenario } from './scenario.js';
