/** How a flag of cosign's is taken here. */
export interface CosignFlag {
  readonly name: string;
  /** What it is here: the same, another flag, nothing, or refused. */
  readonly here: 'same' | 'no effect' | 'refused' | `--${string}`;
  /** What differs from cosign; for a refused flag, why and what to do instead. */
  readonly difference?: string;
  /** A refused flag that takes a value. */
  readonly takes?: string;
}

const FROM_TOKEN =
  'hardware tokens are not asked; export the public key once: cosign public-key --sk >cosign.pub, and give --key cosign.pub';
const OF_THE_IMAGE =
  'a signature is looked for where the image is, never taken from the command line; attach it with cosign attach signature, or verify a file with sigtrail verify-blob FILE --bundle FILE';
const EXACT = 'compared as text';
const PKI = 'leaves of such an authority need an SCT as Fulcio’s do; profiles say otherwise (docs/trust.md)';
const LOGIN = 'sent only to the registries that the references and --attachment-repository name; prints a warning';

/** Every flag of `verify` and `verify-attestation` of cosign 2.6 and 3.1. */
export const COSIGN_FLAGS: readonly CosignFlag[] = [
  { name: 'allow-http-registry', here: 'same', difference: 'prints a warning' },
  {
    name: 'allow-insecure-registry',
    here: 'same',
    difference: 'allows plain http, and never a certificate that is not trusted: give --registry-cacert',
  },
  { name: 'annotations', here: 'same' },
  { name: 'attachment', here: 'same', difference: 'sbom only, as in cosign' },
  { name: 'attachment-tag-prefix', here: 'same' },
  { name: 'ca-intermediates', here: 'same', difference: PKI },
  { name: 'ca-roots', here: 'same', difference: PKI },
  { name: 'certificate', here: 'same', difference: 'the certificate of the signature must be this one' },
  { name: 'certificate-chain', here: 'same', difference: PKI },
  { name: 'certificate-github-workflow-name', here: 'same', difference: EXACT },
  { name: 'certificate-github-workflow-ref', here: 'same', difference: EXACT },
  { name: 'certificate-github-workflow-repository', here: 'same', difference: EXACT },
  { name: 'certificate-github-workflow-sha', here: 'same', difference: EXACT },
  { name: 'certificate-github-workflow-trigger', here: 'same', difference: EXACT },
  { name: 'certificate-identity', here: 'same' },
  { name: 'certificate-identity-regexp', here: 'same', difference: 'unanchored as in cosign, with a warning' },
  { name: 'certificate-oidc-issuer', here: 'same' },
  { name: 'certificate-oidc-issuer-regexp', here: 'same', difference: 'unanchored as in cosign, with a warning' },
  { name: 'check-claims', here: 'no effect', difference: 'a signature must always name the image' },
  { name: 'experimental-oci11', here: 'no effect', difference: 'referrers are always looked for' },
  { name: 'help', here: 'same' },
  { name: 'insecure-ignore-sct', here: 'same', difference: 'prints a warning' },
  { name: 'insecure-ignore-tlog', here: 'same', difference: 'prints a warning' },
  {
    name: 'k8s-keychain',
    here: 'refused',
    difference:
      'clouds are not asked for credentials; point DOCKER_CONFIG at the pull secret, or name a credential helper in it',
  },
  {
    name: 'key',
    here: 'same',
    difference:
      'files, -, env://NAME and https:// with --key-fingerprint; for key services, the message has the command that exports the public key',
  },
  { name: 'local-image', here: 'same' },
  {
    name: 'max-workers',
    here: 'same',
    difference: 'how many images are asked about at a time, not how many signatures of one; the default is 16',
  },
  { name: 'new-bundle-format', here: 'no effect', difference: 'both formats are always looked for' },
  { name: 'offline', here: 'same', difference: 'trust is the embedded snapshot, or --tuf-cache' },
  {
    name: 'output',
    here: 'same',
    difference: 'json is sigtrail’s report, cosign is cosign’s JSON; the default is text',
  },
  { name: 'output-file', here: 'same', difference: 'takes the result; messages stay on standard error' },
  { name: 'payload', here: 'refused', difference: OF_THE_IMAGE, takes: '<file>' },
  {
    name: 'policy',
    here: 'same',
    difference: 'one policy file of sigtrail’s, which names the signer, too; CUE and Rego are refused',
  },
  { name: 'private-infrastructure', here: '--insecure-ignore-tlog', difference: 'prints a warning' },
  { name: 'registry-cacert', here: 'same' },
  { name: 'registry-client-cert', here: 'same', difference: 'shown to the registries that the reference names' },
  { name: 'registry-client-key', here: 'same' },
  { name: 'registry-password', here: 'same', difference: LOGIN },
  {
    name: 'registry-server-name',
    here: 'refused',
    difference:
      'a registry’s certificate is checked for the host that the reference names; let that name resolve to the registry, by DNS or the hosts file',
    takes: '<name>',
  },
  { name: 'registry-token', here: 'same', difference: LOGIN },
  { name: 'registry-username', here: 'same', difference: 'needs --registry-password' },
  {
    name: 'rekor-url',
    here: 'same',
    difference: 'asks this log for the entries of signatures that carry none; it must be in the trusted root',
  },
  {
    name: 'sct',
    here: 'refused',
    difference:
      'only the SCT inside of a certificate is read; where the authority puts none there, --insecure-ignore-sct does without',
    takes: '<file>',
  },
  { name: 'signature', here: 'refused', difference: OF_THE_IMAGE, takes: '<file>' },
  { name: 'signature-digest-algorithm', here: 'no effect', difference: 'the key says it' },
  { name: 'sk', here: 'refused', difference: FROM_TOKEN },
  { name: 'slot', here: 'refused', difference: FROM_TOKEN, takes: '<name>' },
  { name: 'timeout', here: 'same', difference: '30 s instead of 3 min' },
  {
    name: 'timestamp-certificate-chain',
    here: 'same',
    difference: 'all other trust then comes from flags and SIGSTORE_* variables, too',
  },
  {
    name: 'trusted-root',
    here: 'same',
    difference: 'also without --new-bundle-format; may be JSON lines, and may be given more than once',
  },
  { name: 'type', here: 'same' },
  { name: 'use-signed-timestamps', here: 'same', difference: 'those of bundles always count' },
  { name: 'verbose', here: 'same', difference: '-d is taken, too; -v is the short form here' },
];

/** The table of the docs. */
export function cosignFlagsToMarkdown(): string {
  const rows = COSIGN_FLAGS.map(({ name, here, difference = '' }) => {
    const ours = here === 'same' ? 'understood' : here.startsWith('--') ? `as \`${here}\`` : here;
    return `| \`--${name}\` | ${ours} | ${difference.replaceAll('|', '\\|')} |`;
  });
  return `# Flags of cosign

To move from cosign, replace the word \`cosign\` by \`sigtrail\` in your \`verify\` and \`verify-attestation\` lines. This page says what each flag of cosign 2.6 and 3.1 does here. If Sigtrail
can't do what a flag asks, it refuses the line (exit code 2) and says what to do instead. [compatibility.md](compatibility.md) lists the lines whose answer differs.

The table comes from \`packages/cli/src/cosign-flags.ts\`.

| flag | here | what differs |
|---|---|---|
${rows.join('\n')}
`;
}
