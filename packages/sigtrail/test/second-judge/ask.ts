import type { BundleJson, FakeSigstore, LegacyLayer, Signer, TrustedRootJson } from '@sigtrail/testing';
import type { SignatureLayer } from '../../src/evidence/signature-layer.ts';
import type { SecondJudgement } from '../../src/report/report.ts';
import type { SecondQuestion } from '../../src/second-judge/question.ts';
import { createSecondJudge } from '../../src/second-judge/second-judge.ts';
import { parseTrustedRoot } from '../../src/trust/parse-trusted-root.ts';
import { artifact, type Attempt, digest, mint, now } from '../attempt.ts';

/** A signature as only the second judge is to see it. */
export interface Seen extends Attempt {
  readonly layer?: (sigstore: FakeSigstore, signer: Signer) => readonly [SignatureLayer['kind'], LegacyLayer];
  readonly annotate?: (annotations: Record<string, string>) => void;
  readonly ask?: Partial<SecondQuestion>;
}

/** What it is asked about an honest signature that differs in what is said here. */
export async function questionOf(sigstore: FakeSigstore, made: Seen): Promise<SecondQuestion> {
  const signer = made.signer ?? (await sigstore.issueCertificate(made.certificate ?? {}));
  const minted = await mint(sigstore, { ...made, signer });
  const [kind, layer] = made.layer?.(sigstore, signer) ?? [];
  const annotations = { ...layer?.layer.annotations };
  made.annotate?.(annotations);
  return {
    original:
      layer === undefined || kind === undefined
        ? { kind: 'bundle', json: JSON.stringify(minted.bundle) }
        : { kind, bytes: layer.payload, annotations },
    lookedUp: [],
    subject:
      layer === undefined ? { kind: 'artifact', bytes: artifact } : { kind: 'image', digest, manifest: artifact },
    trust: trustOf(minted.trust),
    profile: 'fulcio',
    relaxed: [],
    require: [{}],
    timestampAnnotations: 'use',
    now: made.now ?? now,
    ...made.ask,
  };
}

/** Asks a judge that has seen nothing before. */
export async function askAbout(sigstore: FakeSigstore, made: Seen): Promise<SecondJudgement> {
  return createSecondJudge().ask(await questionOf(sigstore, made));
}

/** Reads a trusted root of the test kit. */
export function trustOf(root: TrustedRootJson): SecondQuestion['trust'] {
  return parseTrustedRoot(JSON.stringify(root));
}

/** Edits the bundle after what the made one says. */
export function alsoEdited(made: Seen, edit: (bundle: BundleJson) => void): Seen {
  return {
    ...made,
    edit: (bundle) => {
      made.edit?.(bundle);
      edit(bundle);
    },
  };
}
