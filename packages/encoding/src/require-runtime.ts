import { provideBundledRequire } from './bundled-require.ts';
import { unsupportedRuntime } from './supported-runtime.ts';

// Every package imports this module, so that an older Node says this rather than the name of whatever it lacks. The error has no stack:
// the stack would not help, and Node would print all of it.
const refusal = unsupportedRuntime();
if (refusal !== undefined) {
  // Not enumerable, so that only the one line is printed.
  const error = Object.defineProperty(new Error(refusal), 'code', { value: 'unsupported-runtime' });
  error.stack = `Error: ${refusal}`;
  throw error;
}

provideBundledRequire();
