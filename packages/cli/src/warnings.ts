import { safeText } from 'sigtrail/report';
import type { Streams } from './streams.ts';

/** Writes lines to standard error. Whatever they quote is harmless there. */
export function warnOn({ stderr }: Pick<Streams, 'stderr'>): (line: string) => void {
  return (line) => stderr(`${safeText(line)}\n`);
}
