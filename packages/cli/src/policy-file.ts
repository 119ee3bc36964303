import type { ImagePolicy } from 'sigtrail';
import type { VerifyFlags } from './verify-flags.ts';
import { isPolicyMap } from './is-policy-map.ts';
import { UsageError } from './usage-error.ts';

/** Flags that would say something about the signer, too: beside a policy file, one of them would have to lose. */
const SIGNER_FLAGS: readonly (keyof VerifyFlags)[] = [
  'certificateIdentity',
  'certificateIdentityRegexp',
  'certificateOidcIssuer',
  'certificateOidcIssuerRegexp',
  'certificateGithubWorkflowTrigger',
  'certificateGithubWorkflowSha',
  'certificateGithubWorkflowName',
  'certificateGithubWorkflowRepository',
  'certificateGithubWorkflowRef',
  'key',
  'keyFingerprint',
  'insecureUnpinnedKey',
  'certificate',
  'annotations',
  'insecureIgnoreTlog',
  'insecureIgnoreSct',
  'useSignedTimestamps',
  'timestampCertificateChain',
  'acceptTrustedRootInBundle',
  'acceptAttestationManifests',
];

/** The policy of a file; what is dangerous about it is said, as it is of flags. */
export async function policyFileOf(
  flags: VerifyFlags,
  file: string,
  warn: (line: string) => void,
): Promise<ImagePolicy> {
  const other = SIGNER_FLAGS.find((name) => flags[name] !== undefined);
  if (other !== undefined)
    throw new UsageError(
      `--policy and --${other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} exclude each other: say it in the file`,
    );
  if (flags.allowCertificateChain !== undefined)
    throw new UsageError(
      '--policy and --allow-certificate-chain exclude each other: relax the authority in the document that --trusted-root names',
    );
  // With them comes a reader of YAML, which a line without a policy file needn't wait for.
  const [{ lintPolicy }, { readPolicyFile }] = await Promise.all([
    import('sigtrail/policy-file'),
    import('./read-policy-file.ts'),
  ]);
  if (await isPolicyMap(file, '--policy'))
    throw new UsageError(
      `--policy ${file} is a policy map, which has a policy for each image, and not one policy; ask sigtrail gate FILE --policy-map ${file} about the images of your files, sigtrail fleet scan LIST --policy-map ${file} about those of a list, or give a file with one policy`,
    );
  const { policy, locate } = await readPolicyFile(file);
  for (const { code, level, path, message } of lintPolicy(policy)) {
    const { line, column } = locate(path);
    if (level === 'error') warn(`warning: ${file}:${line}:${column}: ${code}: ${message}`);
  }
  return policy;
}
