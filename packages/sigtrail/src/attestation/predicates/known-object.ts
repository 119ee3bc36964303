import { foldKey } from '@sigtrail/encoding';
import * as z from 'zod';

/**
 * An object with members that a reader knows, and any others beside them: but none that a reader in Go would take for one of those
 * (`Builder`, `ſtatus`), since the last of them wins there.
 */
export function knownObject<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$loose> {
  return z.looseObject(shape).check(noLookAlikes(Object.keys(shape)));
}

/** Refuses a key that only looks like one of these. */
export function noLookAlikes(names: readonly string[]): z.core.CheckFn<Record<string, unknown>> {
  const known = new Map(names.map((name) => [foldKey(name), name]));
  return ({ value, issues }) => {
    for (const key of Object.keys(value)) {
      const name = known.get(foldKey(key));
      if (name !== undefined && name !== key)
        issues.push({
          code: 'custom',
          path: [key],
          message: `key that other readers take for "${name}"`,
          input: value,
        });
    }
  };
}
