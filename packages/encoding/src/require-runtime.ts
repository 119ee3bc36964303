import { provideBundledRequire } from './bundled-require.ts';
import { unsupportedRuntime } from './supported-runtime.ts';

// Every package imports this one, so that an older Node says this instead of the name of whatever it lacks. What is thrown has no stack:
// nothing in it would help, and Node prints it all.
const refusal = unsupportedRuntime();
if (refusal !== undefined) {
  // Not enumerable, so that it prints as that one line.
  const error = Object.defineProperty(new Error(refusal), 'code', { value: 'unsupported-runtime' });
  error.stack = `Error: ${refusal}`;
  throw error;
}

provideBundledRequire();
