import { checkOptions, requireBytes } from '@sigtrail/encoding';
import type { BundleJson } from '../sigstore/bundle.ts';
import type { SigstoreParts } from '../sigstore/sigstore-parts.ts';
import { OTHER_BYTES } from './flaw.ts';
import { MINT_OPTIONS, type MintOptions, startMinting } from './minting.ts';

const DOOR = 'signFile';

/** Signs a file as `cosign sign-blob` does, and logs that. @throws TypeError `unknown-option`, `invalid-option` */
export async function signFile(
  sigstore: SigstoreParts,
  file: Uint8Array,
  options: MintOptions = {},
): Promise<BundleJson> {
  requireBytes(file, DOOR, 'file');
  checkOptions(options, MINT_OPTIONS, DOOR);
  const { flaws, bundle } = await startMinting(sigstore, options, DOOR);
  return sigstore.signBundle({ content: 'message', artifact: flaws.has('misplaced') ? OTHER_BYTES : file, ...bundle });
}
