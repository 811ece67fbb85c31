import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** `--import tsx` does nothing in a worker thread on Node 20, so the thread registers tsx itself, then loads the module. */
const fromSource = (module: string): URL => {
  const packageUrl = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const tsx = new URL('./dist/esm/api/index.mjs', packageUrl).href;
  const code = `import { register } from ${JSON.stringify(tsx)}; register(); await import(${JSON.stringify(module)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
};

/**
 * Starts a worker thread from a module named without its extension, `new URL('./name', import.meta.url)`: the compiled
 * file when we run compiled, the TypeScript source (through tsx) when we run from sources, also under jest.
 */
export const spawnWorker = (module: URL, options: WorkerOptions = {}): Worker =>
  FROM_SOURCE
    ? new Worker(fromSource(`${module.href}.ts`), { ...options, execArgv: [] })
    : new Worker(new URL(`${module.href}.js`), options);
