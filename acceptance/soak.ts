// `pnpm -s run soak [--seconds 120]`: hostile and honest images in turn, one line a figure, then `N passed, N failed`.
import { parseArgs } from 'node:util';
import { runSoak } from './soak/run.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '120' } } });
const seconds = Number(values.seconds);
if (!Number.isSafeInteger(seconds) || seconds <= 0) {
  console.error('usage: soak [--seconds N], where N is a positive number');
  process.exitCode = 2;
} else {
  let [passed, failed] = [0, 0];
  for await (const figure of runSoak(seconds)) {
    console.log(`${figure.passed ? 'ok  ' : 'FAIL'} ${figure.name}: ${figure.value}`);
    if (figure.passed) passed += 1;
    else failed += 1;
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
}
