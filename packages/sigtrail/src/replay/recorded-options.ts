import * as z from 'zod';
import type { ImageCallOptions } from '../options.ts';

/** The options of a call about an image. */
export interface RecordedOptions {
  readonly platforms?: 'each' | readonly string[];
  readonly inherit?: true | { readonly index: string };
  /** A function's answers, by the names that it was asked about. */
  readonly signedName?: 'any' | 'repository' | 'exact' | { readonly names: Readonly<Record<string, boolean>> };
}

/** The shape of recorded options. */
export const RecordedOptionsSchema: z.ZodType<RecordedOptions> = z.lazy(() =>
  z.strictObject({
    platforms: z.union([z.literal('each'), z.array(z.string())]).exactOptional(),
    inherit: z.union([z.literal(true), z.strictObject({ index: z.string() })]).exactOptional(),
    signedName: z
      .union([z.enum(['any', 'repository', 'exact']), z.strictObject({ names: z.record(z.string(), z.boolean()) })])
      .exactOptional(),
  }),
);

/** The options of the call, and what to record of them when it ends. */
export function recordOptions(options: ImageCallOptions): {
  readonly asking: ImageCallOptions;
  readonly written: () => RecordedOptions;
} {
  const { platforms, inherit, signedName } = options;
  const plain = {
    ...(platforms === undefined ? {} : { platforms }),
    ...(inherit === undefined ? {} : { inherit }),
  };
  if (typeof signedName !== 'function')
    return { asking: options, written: () => ({ ...plain, ...(signedName === undefined ? {} : { signedName }) }) };
  const names = new Map<string, boolean>();
  const asking = (name: string): boolean => {
    const answer = signedName(name);
    names.set(name, answer === true);
    return answer;
  };
  return {
    asking: { ...options, signedName: asking },
    written: () => ({ ...plain, signedName: { names: Object.fromEntries(names) } }),
  };
}

/** The options of a replay. A name that the recorded call didn't ask about is refused. */
export function playOptions(recorded: RecordedOptions = {}): ImageCallOptions {
  const { signedName, platforms, inherit } = recorded;
  return {
    // `evaluateImage` checks each name again.
    ...(platforms === undefined ? {} : { platforms: platforms as NonNullable<ImageCallOptions['platforms']> }),
    ...(inherit === undefined ? {} : { inherit }),
    ...(signedName === undefined
      ? {}
      : {
          signedName:
            typeof signedName === 'string'
              ? signedName
              : (name: string) => Object.hasOwn(signedName.names, name) && signedName.names[name] === true,
        }),
  };
}
