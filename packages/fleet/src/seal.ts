import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { FleetSettings } from './fleet-options.ts';

/** Marks what this fleet wrote, so that Redis and everybody who can write to it can lose or bring back things, and invent nothing. */
export interface Seal {
  /** The MAC of a text, in base64url. */
  mark(text: string): string;
  /** Whether this is the MAC of the text. */
  holds(text: string, mark: string): boolean;
  /** The bytes behind their MAC, for one name only. */
  close(name: string, bytes: Uint8Array): Buffer;
  /** The bytes, if they were closed for that name. */
  open(name: string, closed: Uint8Array): Buffer | undefined;
}

/** What a MAC is about: one of a question is never one of an answer. */
export type SealPurpose = 'question' | 'answer' | 'evidence' | 'run';

const MAC_BYTES = 32;

/** What tells one fleet from another. Two fleets may share a key and a Redis, and still share nothing. */
export type FleetName = Pick<FleetSettings, 'key' | 'prefix'>;

/** The key of one fleet for one purpose. */
export function keyFor({ key, prefix }: FleetName, purpose: SealPurpose | 'listings'): Uint8Array {
  // Neither a prefix nor a purpose has a blank in it.
  return new Uint8Array(hkdfSync('sha256', key, '', `sigtrail-fleet-v2 ${prefix} ${purpose}`, 32));
}

/** The seal of one fleet for one purpose. */
export function createSeal(fleet: FleetName, purpose: SealPurpose): Seal {
  const own = keyFor(fleet, purpose);
  const macOf = (...parts: readonly (string | Uint8Array)[]): Buffer => {
    const mac = createHmac('sha256', own);
    for (const part of parts) mac.update(part);
    return mac.digest();
  };
  const equal = (one: Uint8Array, other: Uint8Array): boolean =>
    one.byteLength === other.byteLength && timingSafeEqual(one, other);
  return {
    mark: (text) => macOf(text).toString('base64url'),
    holds: (text, mark) => equal(macOf(text), Buffer.from(mark, 'base64url')),
    // No name holds a NUL, so that name and bytes can't flow into each other.
    close: (name, bytes) => Buffer.concat([macOf(name, '\0', bytes), bytes]),
    open: (name, closed) => {
      if (closed.byteLength < MAC_BYTES) return undefined;
      const bytes = Buffer.from(closed.subarray(MAC_BYTES));
      return equal(macOf(name, '\0', bytes), closed.subarray(0, MAC_BYTES)) ? bytes : undefined;
    },
  };
}
