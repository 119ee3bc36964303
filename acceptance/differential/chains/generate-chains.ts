import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { findProgram } from '../../real/programs.ts';

/** A leaf and the certificates that should lead to an anchor, made by Go, with Go's verdict. */
export interface GeneratedChain {
  readonly id: number;
  readonly purpose: 'codeSigning' | 'timeStamping';
  readonly at: string;
  /** The leaf's, as PKCS #8. */
  readonly key: Buffer;
  readonly leaf: Buffer;
  /** The leaf's issuer first. */
  readonly intermediates: readonly Buffer[];
  readonly anchor: Buffer;
  /** Added by a stranger. */
  readonly others: readonly Buffer[];
  /** Empty if Go accepts the leaf. */
  readonly refusal: string;
  /** What is unusual about it. */
  readonly oddities: readonly string[];
}

type Line = {
  readonly [Name in keyof GeneratedChain]: GeneratedChain[Name] extends Buffer
    ? string
    : GeneratedChain[Name] extends readonly Buffer[]
      ? readonly string[]
      : GeneratedChain[Name];
};

/** Chain number n of a seed is the same each time, except for its keys. */
export async function* generateChains({
  seed,
  count,
}: {
  readonly seed: number;
  readonly count: number;
}): AsyncIterable<GeneratedChain> {
  const path = findProgram('differential-chains');
  if (path === undefined) throw new Error('differential-chains is not built; run acceptance/real/install.sh');
  const child = spawn(path, [String(count), String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  for await (const text of createInterface({ input: child.stdout })) {
    const line = JSON.parse(text) as Line; // what chains/main.go prints
    yield {
      ...line,
      key: bytesOf(line.key),
      leaf: bytesOf(line.leaf),
      intermediates: line.intermediates.map(bytesOf),
      anchor: bytesOf(line.anchor),
      others: line.others.map(bytesOf),
    };
  }
  const [code] = (await ended) as readonly unknown[];
  if (code !== 0) throw new Error(`differential-chains ended with ${String(code)}`);
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
