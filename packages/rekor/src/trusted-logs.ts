// The logs of a trusted root: this entry loads nothing that can open a connection.
export { readTrustedLogs } from './note/listed-log.ts';
export type { ListedLog, TrustedLogs } from './note/listed-log.ts';
export type { TrustedLog } from './note/trusted-log.ts';
