import * as z from 'zod';

/** What the log at an address turned into, without proving that it is still the log that was known there. */
export interface LogChange {
  /** Of its alarm: what `acknowledge` takes. */
  readonly id: string;
  readonly code: 'log-changed' | 'wrong-tree';
  readonly message: string;
  /** RFC 3339: when it was first seen. */
  readonly at: string;
  /** Key and origin of each tree that was shown: the same change is one alarm. */
  readonly shown: readonly string[];
  /** RFC 3339: when somebody said that it is right. */
  readonly acknowledged?: string;
}

const text = z.string();

/** A change as a store holds it. */
export const LogChangeSchema: z.ZodType<LogChange> = z.strictObject({
  id: text,
  code: z.enum(['log-changed', 'wrong-tree']),
  message: text,
  at: text,
  shown: z.array(text),
  acknowledged: z.exactOptional(text),
});
