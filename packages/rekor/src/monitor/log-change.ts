import * as z from 'zod';

/** What the log at an address turned into, without proving that it is still the log that was known there; or what the state lost of it. */
export interface LogChange {
  /** Of its alarm: what `acknowledge` takes. */
  readonly id: string;
  readonly code: 'log-changed' | 'wrong-tree' | 'state-incomplete';
  readonly message: string;
  /** RFC 3339: when it was first seen. */
  readonly at: string;
  /** Key and origin of each tree that was shown, after what the state lost: the same change is one alarm. */
  readonly shown: readonly string[];
  /** RFC 3339: when an operator acknowledged it. */
  readonly acknowledged?: string;
}

const text = z.string();

/** A change as a store holds it. */
export const LogChangeSchema: z.ZodType<LogChange> = z.strictObject({
  id: text,
  code: z.enum(['log-changed', 'wrong-tree', 'state-incomplete']),
  message: text,
  at: text,
  shown: z.array(text),
  acknowledged: z.exactOptional(text),
});
