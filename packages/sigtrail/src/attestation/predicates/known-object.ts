import { foldKey } from '@sigtrail/encoding';
import * as z from 'zod';

/**
 * An object with known members and any others, except those that a reader in Go would take for a known member
 * (`Builder`, `ſtatus`), since the last of them wins there. `written`: spellings that honest tools write in place of a known member; both together are
 * refused.
 */
export function knownObject<Shape extends z.ZodRawShape>(
  shape: Shape,
  written: readonly string[] = [],
): z.ZodObject<Shape, z.core.$loose> {
  return z.looseObject(shape).check(noLookAlikes(Object.keys(shape), written));
}

/** Refuses a key that only looks like one of these names. */
export function noLookAlikes(
  names: readonly string[],
  written: readonly string[] = [],
): (payload: Pick<z.core.ParsePayload<Record<string, unknown>>, 'value' | 'issues'>) => void {
  const namesByFold = new Map(names.map((name) => [foldKey(name), name]));
  return ({ value, issues }) => {
    for (const key of Object.keys(value)) {
      const name = namesByFold.get(foldKey(key));
      const isAlone = name !== undefined && written.includes(key) && value[name] === undefined;
      if (name !== undefined && name !== key && !isAlone)
        issues.push({
          code: 'custom',
          path: [key],
          message: `key that other readers take for "${name}"`,
          input: value,
        });
    }
  };
}

/** How the in-toto library for Go, and therefore cosign and others, spell what SLSA's specification calls `invocationId` and `buildInvocationId`. */
export const WRITTEN: readonly string[] = ['invocationID', 'buildInvocationID'];

/** The build's own name for itself, however it is spelled. */
export function invocationIdOf(metadata: Readonly<Record<string, unknown>> | null | undefined): string | undefined {
  const names = ['invocationId', 'buildInvocationId', ...WRITTEN];
  return names.map((name) => metadata?.[name]).find((value) => typeof value === 'string');
}
