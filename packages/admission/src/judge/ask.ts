import { formatReference } from 'oci-client-lite';
import type { ImagePolicy, Verifier } from 'sigtrail';
import type { AskImage } from './findings.ts';
import { judgeImage } from './judge-image.ts';
import type { SharedAnswers } from './share-answers.ts';

/** A verifier with the credentials that a Pod brings. Equal scopes read with equal credentials. */
export interface ScopedVerifier {
  readonly scope: string;
  readonly verifier: Pick<Verifier, 'verify'>;
  /** Credentials that could not be read: they may be why an image can't be read either. */
  readonly problems: readonly string[];
}

/** Answers about the images of one object, until its deadline; equal questions of several objects share their work. */
export function createAsk(shared: SharedAnswers): (scoped: () => Promise<ScopedVerifier>, deadline: Date) => AskImage {
  const numbers = new WeakMap<ImagePolicy, number>();
  let last = 0;
  const numberOf = (policy: ImagePolicy): number => {
    const known = numbers.get(policy);
    if (known !== undefined) return known;
    last += 1;
    numbers.set(policy, last);
    return last;
  };
  return (scoped, deadline) => {
    let opening: Promise<ScopedVerifier> | undefined;
    return async ({ reference, policy, platform }) => {
      opening ??= scoped();
      const { scope, verifier, problems } = await opening;
      const key = JSON.stringify([numberOf(policy), formatReference(reference), platform, scope]);
      const verdict = await shared.answer(key, deadline, async () =>
        judgeImage(verifier, { reference, policy, platform, deadline }),
      );
      if (verdict.kind === 'verified' || problems.length === 0 || !OF_CREDENTIALS.has(verdict.code)) return verdict;
      return { ...verdict, message: `${verdict.message}; ${problems.join('; ')}` };
    };
  };
}

/** What a registry answers to who lacks credentials; some say that a private image isn't there. */
const OF_CREDENTIALS: ReadonlySet<string> = new Set(['unauthorized', 'denied', 'image-not-found']);
