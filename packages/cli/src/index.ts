export { exitCodeOf, main } from './main.ts';
export type { ExitCode, Streams } from './main.ts';
