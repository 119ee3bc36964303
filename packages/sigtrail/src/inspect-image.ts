import type { CallOptions, VerifierOptions } from './options.ts';
import { CALL_KEYS, parseCallOptions } from './parse-call-options.ts';
import type { ImageInspection } from './report/inspection.ts';
import type { Session } from './session.ts';
import { withSession } from './with-session.ts';

/** Options of `inspectImage`: those of a verifier and those of its `inspect`. */
export type InspectImageOptions = VerifierOptions & CallOptions;

/** Who signed this? Everything that was found, and how much of it is proven. No policy, no verdict. */
export async function inspectImage(reference: string, options: InspectImageOptions = {}): Promise<ImageInspection> {
  return withSession(options, CALL_KEYS, async (session, call: CallOptions) => inspectIn(session, reference, call));
}

/** `inspectImage` in a session that is open already. @throws what `inspectImage` throws */
export async function inspectIn(
  session: Session,
  reference: string,
  options: CallOptions = {},
): Promise<ImageInspection> {
  return session.answer(parseCallOptions(options), async (question) => {
    const { readReference } = await import('./read-reference.ts');
    const image = readReference(reference);
    const [{ inspect }, { call, context }] = await Promise.all([import('./inspect.ts'), question.prepareTrusted()]);
    return inspect(image, call, context);
  });
}
