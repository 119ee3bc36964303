import { suggestName } from '@sigtrail/encoding';

const READS_ONLY = 'sigtrail only reads';

/** Commands that people know from other tools, and what does the same: `sigtrail sign` is asked for by habit. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  sign: `${READS_ONLY}; sign with: cosign sign IMAGE@DIGEST`,
  'sign-blob': `${READS_ONLY}; sign a file with: cosign sign-blob --bundle FILE.sigstore.json FILE`,
  attest: `${READS_ONLY}; attest with: cosign attest --type TYPE --predicate FILE IMAGE@DIGEST`,
  'attest-blob': `${READS_ONLY}; attest with: cosign attest-blob`,
  attach: `${READS_ONLY}; attach with: cosign attach`,
  upload: `${READS_ONLY}; upload with: cosign upload, or oras push`,
  copy: `${READS_ONLY}; copy an image with its signatures by: cosign copy SOURCE TARGET`,
  cp: `${READS_ONLY}; copy an image with: crane copy, and with its signatures: cosign copy`,
  clean: `${READS_ONLY}; remove signatures with: cosign clean IMAGE`,
  save: `${READS_ONLY}; save an image with its signatures by: cosign save --dir DIR IMAGE; sigtrail reads that as oci:DIR`,
  load: `${READS_ONLY}; load what cosign save wrote with: cosign load --dir DIR IMAGE`,
  push: `${READS_ONLY}; push with: crane push, oras push or docker push`,
  pull: 'sigtrail keeps no images; pull with: docker pull, crane pull or oras pull',
  login:
    'sigtrail reads the logins of Docker and Podman; log in with: docker login HOST, podman login HOST or crane auth login HOST',
  logout: 'sigtrail reads the logins of Docker and Podman; log out with: docker logout HOST',
  'generate-key-pair': 'make keys with: cosign generate-key-pair',
  'import-key-pair': 'import keys with: cosign import-key-pair',
  'public-key': 'export a public key with: cosign public-key --key SOURCE',
  initialize:
    'trust is kept fresh by --tuf, at each run (--tuf-mirror URL --tuf-root FILE for one of your own); as a file: sigtrail trusted-root fetch',
  'verify-blob-attestation': 'verify the attestation of a file with: sigtrail verify-blob FILE --bundle FILE',
  attestation:
    'GitHub’s attestations are verified by: sigtrail verify-attestation IMAGE --github-attestations OWNER/REPO',
  version: 'the version is printed by: sigtrail --version',
  digest: 'the digest of an image is printed by: sigtrail manifest IMAGE --digest',
  ls: 'list the tags of a repository with: crane ls REPOSITORY, or oras repo tags REPOSITORY',
  config: 'print the configuration of an image with: crane config IMAGE',
  discover: 'what is attached to an image is shown by: sigtrail tree IMAGE, or sigtrail triangulate IMAGE',
  logproof: 'the log and its proofs are shown by: sigtrail rekor loginfo',
};

/** What to type instead of a command that is not there. */
export function unknownCommand(
  parent: string,
  name: string,
  commands: readonly string[],
  below: readonly string[],
): string {
  const hint = Object.hasOwn(ELSEWHERE, name)
    ? ELSEWHERE[name]
    : below.includes(name)
      ? `did you mean sigtrail rekor ${name}?`
      : suggestName(name, commands);
  return `${parent} has no command ${JSON.stringify(name)}; ${hint}`;
}

/** The names that {@link unknownCommand} knows. */
export const knownElsewhere: readonly string[] = Object.keys(ELSEWHERE);
