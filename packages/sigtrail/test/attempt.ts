import { createHash } from 'node:crypto';
import {
  type BundleJson,
  type BundleOptions,
  type CertificateOptions,
  type EntryBody,
  type FakeSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type Signer,
  type StatementOptions,
  type TrustedRootJson,
} from '@sigtrail/testing';

export const now: Date = new Date('2026-03-01T12:00:00Z');
/** What honest bundles are of. */
export const artifact: Buffer = Buffer.from('the artifact');
export const digest: `sha256:${string}` = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
/** Whom honest certificates name. */
export const identity: { readonly issuer: string; readonly subject: string } = {
  issuer: GITHUB_ISSUER,
  subject: GITHUB_WORKFLOW,
};

/** A bundle that differs from an honest one in what is said here. */
export interface Attempt {
  readonly certificate?: CertificateOptions;
  readonly signer?: Signer;
  readonly sign?: Partial<Omit<BundleOptions, 'edit' | 'signer' | 'content'>> & { readonly statement?: Uint8Array };
  readonly subject?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly statement?: Partial<StatementOptions>;
  readonly payloadType?: string;
  readonly edit?: (bundle: BundleJson) => void;
  readonly root?: (root: TrustedRootJson) => void;
  readonly now?: Date;
}

/** Signs it; with the trusted root to verify it under. */
export async function mint(
  sigstore: FakeSigstore,
  made: Attempt,
): Promise<{ readonly bundle: BundleJson; readonly trust: TrustedRootJson }> {
  const signer = made.signer ?? (await sigstore.issueCertificate(made.certificate ?? {}));
  const bundle = sigstore.signBundle({
    ...made.sign,
    statement: {
      imageDigest: made.subject ?? digest,
      ...(made.annotations === undefined ? {} : { annotations: made.annotations }),
      ...made.statement,
    },
    ...(made.payloadType === undefined ? {} : { payloadType: made.payloadType }),
    signer,
  });
  made.edit?.(bundle);
  const trust = sigstore.trustedRoot();
  made.root?.(trust);
  return { bundle, trust };
}

/** Logs another body than the right one: the text is replaced before the log signs it. */
export function loggedAs(sigstore: FakeSigstore, from: RegExp, to: string): Attempt {
  const body = (right: EntryBody): EntryBody => JSON.parse(JSON.stringify(right).replace(from, to)) as EntryBody;
  return { sign: { logs: [{ log: sigstore.rekor, body }] } };
}

export function signatureOf(bundle: BundleJson): Buffer {
  return Buffer.from(bundle.dsseEnvelope?.signatures[0]?.sig ?? '', 'base64');
}

export function setSignature(bundle: BundleJson, sig: Buffer): void {
  if (bundle.dsseEnvelope !== undefined) bundle.dsseEnvelope.signatures = [{ sig: sig.toString('base64') }];
}

/** The same bytes but for the last bit. */
export function flipped(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, -1), Buffer.of((bytes.at(-1) ?? 0) ^ 1)]);
}

export function entryOf(bundle: BundleJson): BundleJson['verificationMaterial']['tlogEntries'][number] {
  const [entry] = bundle.verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('no entry');
  return entry;
}

export function proofOf(bundle: BundleJson): NonNullable<ReturnType<typeof entryOf>['inclusionProof']> {
  const proof = entryOf(bundle).inclusionProof;
  if (proof === undefined) throw new Error('no proof');
  return proof;
}

/** The first timestamp once more, byte for byte. */
export function repeatTimestamp({ verificationMaterial: { timestampVerificationData } }: BundleJson): void {
  const stamps = timestampVerificationData?.rfc3161Timestamps ?? [];
  stamps.push(...stamps.slice(0, 1));
}

export function repeatEntry(bundle: BundleJson): void {
  bundle.verificationMaterial.tlogEntries.push(entryOf(bundle));
}

export function replaceTimestamp(bundle: BundleJson, token: Buffer): void {
  bundle.verificationMaterial.timestampVerificationData = {
    rfc3161Timestamps: [{ signedTimestamp: token.toString('base64') }],
  };
}

/** Puts a signer's root at the end of the chain that its bundle carries. */
export function carryRoot({ chain }: Extract<Signer, { readonly chain: unknown }>): (bundle: BundleJson) => void {
  const rawBytes = chain.at(-1)?.toString('base64') ?? '';
  return ({ verificationMaterial: { x509CertificateChain } }) =>
    void x509CertificateChain?.certificates.push({ rawBytes });
}

/** Makes a window of a trusted root one that is over. */
export function ended(window: { start?: string; end?: string }): void {
  window.start = '2020-01-01T00:00:00Z';
  window.end = '2021-01-01T00:00:00Z';
}
