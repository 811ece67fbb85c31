import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * Starts a worker thread from a module named without its extension, `new URL('./name', import.meta.url)`: the compiled
 * file when we run compiled, the TypeScript source (through tsx) when we run from sources.
 */
export const spawnWorker = (module: URL, options: WorkerOptions = {}): Worker => {
  if (!FROM_SOURCE) return new Worker(new URL(`${module.href}.js`), options);
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  return new Worker(new URL(`${module.href}.ts`), { ...options, execArgv: ['--import', loader] });
};
