import type { OptionTable } from '@sigtrail/encoding';
import { aDate, anything } from '../option-checks.ts';
import type { BundleOptions } from '../sigstore/bundle.ts';
import type { LegacyOptions } from '../sigstore/legacy-layer.ts';
import { isCertificate, type Signer } from '../sigstore/signer.ts';
import type { SigstoreParts } from '../sigstore/sigstore-parts.ts';
import { aFlaw, flawedCertificate, refuseFlawsOfCertificates, type SignatureFlaw, withLastBitFlipped } from './flaw.ts';
import { DEFAULT_SIGNER, readSigner, type SignAs } from './sign-as.ts';

/** What every signature can be told. */
export interface MintOptions {
  /** Who signs; default `{ githubWorkflow: {} }`: `release.yml` of `acme/app` on its main branch. */
  readonly as?: SignAs | undefined;
  /** When; default the sigstore's `now`. */
  readonly at?: Date | undefined;
  /** What is wrong with it; default nothing. */
  readonly flaw?: SignatureFlaw | readonly SignatureFlaw[] | undefined;
}

/** What each of them may be; `readSigner` looks at `as`. */
export const MINT_OPTIONS: OptionTable<MintOptions> = { as: anything, at: aDate, flaw: aFlaw };

/** Who signs when, and what of the signature is wrong. */
export interface Minting {
  readonly signer: Signer;
  readonly at: Date;
  readonly flaws: ReadonlySet<SignatureFlaw>;
  /** What the flaws change in a bundle, and in a layer. */
  readonly bundle: Pick<BundleOptions, 'at' | 'logs' | 'timestamps' | 'signature'> & { readonly signer: Signer };
  readonly layer: Pick<LegacyOptions, 'at' | 'rekor' | 'timestamp' | 'tamper'> & { readonly signer: Signer };
}

/** Issues the certificate, for options that were checked. @throws TypeError `unknown-option`, `invalid-option` for the signer */
export async function startMinting(
  sigstore: SigstoreParts,
  { as = DEFAULT_SIGNER, at = sigstore.now, flaw }: MintOptions,
  door: string,
): Promise<Minting> {
  const flaws = new Set(flaw === undefined ? [] : [flaw].flat());
  const signer = await signerOf(sigstore, readSigner(as, door), { at, flaws, door });
  const tampered = flaws.has('tampered');
  const unlogged = flaws.has('unlogged');
  return {
    signer,
    at,
    flaws,
    bundle: {
      signer,
      at,
      ...(unlogged ? { logs: [], timestamps: [sigstore.tsa] } : {}),
      ...(tampered ? { signature: withLastBitFlipped } : {}),
    },
    layer: {
      signer,
      at,
      ...(unlogged ? { rekor: false, timestamp: isCertificate(signer) } : {}),
      ...(tampered ? { tamper: { signature: withLastBitFlipped } } : {}),
    },
  };
}

async function signerOf(
  sigstore: SigstoreParts,
  read: ReturnType<typeof readSigner>,
  { at, flaws, door }: { readonly at: Date; readonly flaws: ReadonlySet<SignatureFlaw>; readonly door: string },
): Promise<Signer> {
  if ('signer' in read) {
    refuseFlawsOfCertificates(flaws, door);
    return read.signer;
  }
  const flawed = await flawedCertificate(flaws, at, sigstore.ca.name);
  return sigstore.issueCertificate({ notBefore: at, ...read.certificate, ...flawed });
}
