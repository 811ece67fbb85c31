import { toIso, type EpochMillis, type Millis } from '../domain/time.js';
import type { Log } from '../platform/log.js';
import { type AlertApi, type ApiOptions, openAlertApi, type SeenAlert } from './alert-api.js';
import { castOf, sparing } from './cast.js';
import { DEMO_PASSWORD, demoProvisioning } from './demo-provisioning.js';
import { startFleet } from './fleet.js';
import type { Provisioning } from './provisioning.js';
import { type ExpectedAlert, scenarioNamed } from './scenario.js';

export interface ScenarioRun {
  readonly scenario: string;
  readonly seed: string;
  readonly brokerUrl: string;
  /** Where the alerts are read; null = publish only, nothing is checked. */
  readonly api: ApiOptions | null;
  /** What the running system was provisioned with; the demonstration of the same seed when left out. */
  readonly provisioning?: Provisioning;
  readonly speed?: number;
  readonly now?: () => EpochMillis;
  readonly log: Log;
  /** One line of progress at a time. */
  readonly report?: (line: string) => void;
  /** Ends the run early. */
  readonly signal?: AbortSignal;
}

/** One expected alert: found or not, and after how long. Carries ids only. */
export interface Verdict extends ExpectedAlert {
  readonly found: boolean;
  readonly alert: string | null;
  readonly afterSeconds: number | null;
}
export interface ScenarioResult {
  readonly scenario: string;
  readonly seed: string;
  readonly startedAt: string;
  readonly passed: boolean;
  /** False when there was no API to ask: then `passed` only says that the devices spoke. */
  readonly checked: boolean;
  readonly expected: readonly Verdict[];
  /** Alerts that should not have come up. */
  readonly unexpected: readonly { readonly alert: string; readonly resident: string; readonly metric: string | null }[];
  readonly messages: { readonly sent: number; readonly acknowledged: number; readonly dropped: number };
}

const POLL: Millis = 500;
/** Real time the system may take beyond what the scenario says, from the measurement to the answer over HTTP. */
const GRACE: Millis = 15_000;
/** The clocks of two machines may differ by this much. */
const CLOCK_SLACK: Millis = 2_000;

const concerns = (alert: SeenAlert, since: EpochMillis): boolean =>
  [alert.startedAt, ...alert.evidence.map((each) => each.time)].some((time) => Date.parse(time) >= since - CLOCK_SLACK);

const rest = (delay: Millis, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delay);
    signal?.addEventListener('abort', done);
  });

/**
 * Plays a scenario against a running system and, when it may ask over HTTP, checks that the expected alerts came up in
 * time and that no other did where the scenario says so. The fleet uses its own MQTT client ids and only the devices of
 * those who take part, so that it can run beside the demonstration.
 */
export const runScenario = async (run: ScenarioRun): Promise<ScenarioResult> => {
  const { seed, brokerUrl, speed = 1, now = Date.now, log, report = () => {}, signal } = run;
  const scenario = await scenarioNamed(run.scenario);
  const provisioning = run.provisioning ?? demoProvisioning({ seed });
  const api = run.api ? await openAlertApi(run.api) : null;
  const before = (await api?.alerts('open')) ?? [];
  const busy = new Set(before.flatMap(({ resident }) => (resident ? [resident.id] : [])));
  const cast = sparing(castOf(provisioning), busy);
  const expected = scenario.expected(cast);
  const taking = scenario.takesPart ? new Set(scenario.takesPart(cast)) : null;
  const fleet = await startFleet({
    brokerUrl,
    provisioning,
    seed,
    speed,
    now,
    log,
    history: 0,
    clientSuffix: `~${scenario.name}`,
    script: (origin) => scenario.script(cast, origin),
    ...(taking ? { only: (device) => taking.has(device.assignedTo.resident ?? '') } : {}),
  });
  report(`${scenario.name}: ${scenario.description}`);

  const found = new Map<ExpectedAlert, { alert: string; after: Millis }>();
  const unexpected = new Map<string, { alert: string; resident: string; metric: string | null }>();
  const look = (alerts: readonly SeenAlert[]): void => {
    for (const alert of alerts) {
      const resident = alert.resident?.id;
      if (resident === undefined || !concerns(alert, fleet.origin)) continue;
      const wanted = expected.filter((each) => each.resident === resident && each.metric === alert.metric);
      for (const each of wanted)
        // A slope is « à voir » before it is critical: the alert is watched until it is what was expected.
        if (!found.has(each) && each.priority === alert.priority) {
          const after = now() - fleet.origin;
          found.set(each, { alert: alert.id, after });
          report(`  ${each.metric} of ${resident}: alert after ${(after / 1000).toFixed(1)} s`);
        }
      const judged = alert.category === 'clinical' || alert.category === 'safety';
      const isNew = Date.parse(alert.startedAt) >= fleet.origin - CLOCK_SLACK;
      if (wanted.length === 0 && judged && isNew && (taking?.has(resident) ?? true))
        unexpected.set(alert.id, { alert: alert.id, resident, metric: alert.metric });
    }
  };

  const ask = async (from: AlertApi): Promise<void> => {
    try {
      look(await from.alerts('open', 'closed'));
    } catch (error) {
      // A system that restarts in the middle is asked again until the scenario is over.
      log.warn({ reason: (error as Error).message }, 'the alerts could not be read');
    }
  };

  const deadline = (each: ExpectedAlert): Millis => each.within / speed + GRACE;
  const longest = scenario.nothingElse || !api ? scenario.duration / speed : Math.max(0, ...expected.map(deadline));
  try {
    while (!signal?.aborted && now() - fleet.origin < longest) {
      await rest(POLL, signal);
      if (api) await ask(api);
      if (api && !scenario.nothingElse && expected.every((each) => found.has(each))) break;
    }
  } finally {
    await fleet.stop();
  }

  const verdicts = expected.map((each): Verdict => {
    const alert = found.get(each);
    return {
      ...each,
      found: alert !== undefined && alert.after <= deadline(each),
      alert: alert?.alert ?? null,
      afterSeconds: alert ? Math.round(alert.after / 100) / 10 : null,
    };
  });
  const { sent, acknowledged, dropped } = fleet.counts();
  const asExpected = verdicts.every((verdict) => verdict.found) && !(scenario.nothingElse && unexpected.size > 0);
  return {
    scenario: scenario.name,
    seed,
    startedAt: toIso(fleet.origin),
    passed: api ? asExpected && !signal?.aborted : acknowledged > 0,
    checked: api !== null,
    expected: verdicts,
    unexpected: [...unexpected.values()],
    messages: { sent, acknowledged, dropped },
  };
};

/** Account of `vigie simulate` when `--api` is not given: a nurse of the demonstration. */
export const DEMO_CARER = { username: 'lea', password: DEMO_PASSWORD } as const;
