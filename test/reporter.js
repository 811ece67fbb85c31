/** A handle that a test left open must not hang the run; what ends by itself ends sooner. */
const PATIENCE = 10_000;

/** Ends the run with the plain line CI and people look for: `N passed, N failed`. */
export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // Last of all: after the default reporter's summary and jest's own remarks.
    process.on('exit', () => {
      const skipped = results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : '';
      process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed${skipped}\n`);
    });
    setTimeout(() => process.exit(results.success ? 0 : 1), PATIENCE).unref();
  }
}
