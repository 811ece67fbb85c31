/** Ends the run with the plain line CI and people look for: `N passed, N failed`. */
export default class PlainSummary {
  onRunComplete(_contexts, results) {
    const failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
    // After the default reporter's summary, which goes to stderr.
    process.on('exit', () => {
      const skipped = results.numPendingTests > 0 ? `, ${results.numPendingTests} skipped` : '';
      process.stdout.write(`\n${results.numPassedTests} passed, ${failed} failed${skipped}\n`);
    });
  }
}
