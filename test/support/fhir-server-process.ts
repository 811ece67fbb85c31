import { join } from 'node:path';
import { startProgram } from './program.js';
import { until } from './until.js';
import type { FhirServer } from './fhir-server.js';

export interface FhirServerProcess {
  readonly baseUrl: string;
  /** `system|value` lists of all Observations, one per resource. */
  observations(): Promise<string[][]>;
  setFaults(faults: Partial<FhirServer['faults']>): Promise<void>;
  close(): Promise<void>;
}

/** The test FHIR server in its own process; its data lives as long as the process. */
export const startFhirServerProcess = async (): Promise<FhirServerProcess> => {
  const root = join(import.meta.dirname, '../..');
  const program = startProgram(process.execPath, ['--import', 'tsx', join(root, 'test/support/fhir-server-main.ts')], {
    cwd: root,
  });
  const line = await until(
    'the FHIR server to listen',
    () =>
      program
        .output()
        .split('\n')
        .find((text) => text.startsWith('{"baseUrl"')),
    { timeout: 60_000 },
  );
  const { baseUrl, controlUrl } = JSON.parse(line) as { baseUrl: string; controlUrl: string };
  return {
    baseUrl,
    observations: async () => (await (await fetch(`${controlUrl}/observations`)).json()) as string[][],
    async setFaults(faults) {
      await fetch(`${controlUrl}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
    },
    close: () => program.stop('SIGKILL'),
  };
};
