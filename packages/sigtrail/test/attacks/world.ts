import { createHash } from 'node:crypto';
import {
  type BundleJson,
  type BundleOptions,
  type CertificateOptions,
  createSigstore,
  type FakeSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type Signer,
  type StatementOptions,
  type TrustedRootJson,
  type TrustedRootOptions,
} from '@sigtrail/testing';
import { isSigtrailError } from '../../src/error.ts';
import type { DenyList } from '../../src/policy/deny-list.ts';
import type { Report } from '../../src/report/any-report.ts';
import type { AcceptedSignature, CandidateReport } from '../../src/report/report.ts';
import type { TrustInput } from '../../src/trust/load-trust.ts';
import { createVerifier, type Verifier } from '../../src/verifier.ts';
import { type BundlePolicy, type BundleSubject, verifyBundle } from '../../src/verify-bundle.ts';
import { createImage, type ImageUnderTest } from '../image-under-test.ts';

/** What came of a verification. */
export interface Outcome {
  readonly accepted: boolean;
  /** Codes of the error, the refusal and every failed check. */
  readonly codes: readonly string[];
  /** The reports that the codes were taken from. */
  readonly candidates: readonly CandidateReport[];
  /** What the report states of an accepted signature. */
  readonly states?: AcceptedSignature;
}

/** One signature with one thing changed. */
export interface BundleCase {
  readonly certificate?: CertificateOptions;
  readonly signer?: Signer;
  readonly sign?: Partial<Omit<BundleOptions, 'signer' | 'edit' | 'content'>> & {
    readonly content?: 'dsse' | 'message';
    readonly statement?: StatementOptions | Uint8Array;
    readonly payloadType?: string;
    readonly artifact?: Uint8Array;
  };
  readonly edit?: (bundle: BundleJson) => unknown;
  /** The text that is read, where it isn't just the bundle's JSON. */
  readonly text?: (bundle: BundleJson) => string;
  readonly trusted?: TrustedRootOptions;
  readonly root?: (root: TrustedRootJson) => unknown;
  readonly trust?: TrustInput;
  readonly deny?: DenyList;
  readonly policy?: unknown;
  readonly subject?: BundleSubject;
  readonly now?: Date;
}

export const NOW: Date = new Date('2026-03-01T12:00:00Z');
export const ARTIFACT: Buffer = Buffer.from('the artifact');
export const DIGEST: `sha256:${string}` = `sha256:${createHash('sha256').update(ARTIFACT).digest('hex')}`;
export const OTHER_DIGEST: `sha256:${string}` = `sha256:${'0'.repeat(64)}`;
export const IDENTITY: { readonly issuer: string; readonly subject: string } = {
  issuer: GITHUB_ISSUER,
  subject: GITHUB_WORKFLOW,
};

/** A Sigstore to attack with, and the verifier with only our own checks: the stock judge is not asked. */
export interface World {
  readonly sigstore: FakeSigstore;
  bundle(made?: BundleCase): Promise<Outcome>;
  /** A fresh image in a registry; `prepare` attaches what is verified. */
  image(
    prepare: (image: ImageUnderTest) => unknown,
    ask?: (verifier: Verifier, image: ImageUnderTest) => Promise<Report>,
  ): Promise<Outcome>;
}

/** Creates it. */
export async function createWorld(): Promise<World> {
  const sigstore = await createSigstore({ now: NOW });
  return {
    sigstore,
    bundle: async (made = {}) => verifyCase(sigstore, made),
    image: async (prepare, ask = (verifier, { reference }) => verifier.evaluate(reference, { signedBy: IDENTITY })) => {
      const image = await createImage(NOW);
      await using verifier = createVerifier({ ...image.options, secondJudge: 'off' });
      try {
        await prepare(image);
        return await outcomeOf(async () => {
          const report = await ask(verifier, image);
          return { accepted: report.verdict === 'verified', codes: codesOf(report), candidates: report.candidates };
        });
      } finally {
        await image.close();
      }
    },
  };
}

async function verifyCase(sigstore: FakeSigstore, made: BundleCase): Promise<Outcome> {
  const signer = made.signer ?? (await sigstore.issueCertificate(made.certificate ?? {}));
  const bundle = sigstore.signBundle({ statement: { imageDigest: DIGEST }, ...made.sign, signer } as BundleOptions);
  made.edit?.(bundle);
  const root = sigstore.trustedRoot(made.trusted);
  made.root?.(root);
  return outcomeOf(async () => {
    const { report, signature } = await verifyBundle(
      made.text?.(bundle) ?? bundle,
      made.subject ?? ARTIFACT,
      // Mistakes that the types refuse are among the attacks.
      (made.policy ?? { signedBy: IDENTITY }) as BundlePolicy,
      {
        trust: made.trust ?? { json: JSON.stringify(root) },
        now: () => made.now ?? NOW,
        secondJudge: 'off',
        ...(made.deny === undefined ? {} : { deny: made.deny }),
      },
    );
    return { accepted: report.accepted, codes: failedOf(report), candidates: [report], states: signature };
  });
}

async function outcomeOf(ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask();
  } catch (error) {
    if (isSigtrailError(error)) {
      const report = error.candidate;
      const candidates = report === undefined ? [] : [report];
      return { accepted: false, codes: [error.code, ...candidates.flatMap(failedOf)], candidates };
    }
    if (error instanceof TypeError && 'code' in error)
      return { accepted: false, codes: [String(error.code)], candidates: [] };
    throw error;
  }
}

function codesOf(report: Report): readonly string[] {
  return [
    ...(report.verdict === 'rejected' ? [report.reason] : []),
    ...report.problems.map(({ code }) => code),
    ...report.candidates.flatMap(failedOf),
  ];
}

function failedOf({ refusedBecause, checks }: CandidateReport): readonly string[] {
  return [
    ...(refusedBecause === undefined ? [] : [refusedBecause]),
    ...checks.flatMap(({ status, code }) => (status === 'failed' && code !== undefined ? [code] : [])),
  ];
}
