import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PeerAnswer } from './row.ts';

/** cosign's answers to the lines, by row: written by `record.ts`. */
export function recordedAnswers(): Readonly<Record<string, readonly PeerAnswer[]>> {
  return JSON.parse(readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8')) as Readonly<
    Record<string, readonly PeerAnswer[]>
  >;
}
