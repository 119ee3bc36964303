export type { Report } from 'sigtrail';
export { type ExitCode, exitCodeOf } from './exit-code.ts';
export { main } from './main.ts';
export type { Streams, Terminal } from './streams.ts';
