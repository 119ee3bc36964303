import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import type { EstablishContext } from '../src/establish/facts.ts';
import { createSignatures, type Signatures } from '../src/establish/signatures.ts';
import { parseBundle } from '../src/evidence/bundle.ts';
import type { Candidate } from '../src/evidence/candidate.ts';
import { createTrustProvider } from '../src/trust/load-trust.ts';
import { artifact, type Attempt, mint, now } from './attempt.ts';

/** One Sigstore, candidates that it signed, and what they are established under. */
export interface EstablishWorld {
  readonly sigstore: FakeSigstore;
  readonly context: EstablishContext;
  candidate(made?: Attempt): Promise<Candidate>;
}

export async function createEstablishWorld(): Promise<EstablishWorld> {
  const sigstore = await createSigstore({ now });
  const trust = await createTrustProvider({ json: JSON.stringify(sigstore.trustedRoot()) })(now);
  return {
    sigstore,
    context: {
      subject: { kind: 'artifact', bytes: artifact },
      trust: trust.root,
      keys: [],
      now,
      legacyTimestamps: 'use',
      secondJudge: 'off',
      require: [],
      signatures: createSignatures(),
    },
    candidate: async (made = {}) => {
      const { bundle } = await mint(sigstore, made);
      return { id: 'candidate', format: 'sigstore-bundle', carrier: 'given', ...parseBundle(bundle) };
    },
  };
}

/** The service, and how often it was asked; `before` is called before each answer. */
export function countQuestions(before: () => void = () => undefined): Signatures & { readonly asked: () => number } {
  const signatures = createSignatures();
  let asked = 0;
  return {
    asked: () => asked,
    verify: (...question) => {
      asked += 1;
      before();
      return signatures.verify(...question);
    },
  };
}
