import type { Command } from 'commander';

interface HelpPage {
  readonly examples: readonly string[];
  /** Keys of {@link EXIT_CODES}. */
  readonly exitCodes: readonly string[];
}

const EXIT_CODES: Readonly<Record<string, string>> = {
  '0': 'verified, or answered',
  '0 watch': 'nothing new',
  '2': 'wrong usage: a flag, a reference, or a file that a flag names',
  '10': 'not signed: every place where a signature could be was read',
  '10 attestation': 'no attestation: every place where one could be was read',
  '10 claims': 'no signature with a certificate',
  '10 watch': 'new entries, or a log that is seen for the first time',
  '11': 'the image, repository or entry is not there',
  '12': 'found, and none accepted',
  '10 download': 'nothing of the kind is attached',
  '0 gate': 'every image may run',
  '10 gate': 'an image is not signed',
  '12 gate': 'an image is refused; with --check, a file would change',
  '14 gate': 'an image can’t be told, or something could not be read',
  '12 lint': 'a finding of the level of --fail-on, or worse',
  '12 saved': 'what the file says does not hold',
  '12 test': 'the policy refuses a recorded image',
  '14': 'indeterminate: something could not be read',
  '14 fetch': 'the mirror could not be asked',
  '15': 'verified only by trust or a policy that the file itself brings; or what you give is not the file’s',
  '20': 'one side knows what the other does not',
  '20 watch': 'an unexpected signer, or a signature gone from the registry',
  '30': 'the log misbehaves',
};

const DIGEST = `sha256:${'3'.repeat(64)}`;
const IMAGE = 'ghcr.io/acme/app:1.4';
const WORKFLOW =
  '--certificate-identity https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.4 --certificate-oidc-issuer https://token.actions.githubusercontent.com';
const PEOPLE = '--certificate-identity dev@acme.test --certificate-oidc-issuer https://accounts.google.com';

const PAGES: Readonly<Record<string, HelpPage>> = {
  '': {
    examples: [`sigtrail inspect ${IMAGE}`, `sigtrail verify ${IMAGE} ${WORKFLOW}`, 'sigtrail help rekor get'],
    exitCodes: ['0', '2', '10', '11', '12', '14'],
  },
  verify: {
    examples: [
      `sigtrail verify ${IMAGE} ${WORKFLOW}`,
      `sigtrail verify ${IMAGE} --key cosign.pub`,
      `sigtrail verify ${IMAGE} --policy policy.yaml --platform each`,
      'sigtrail verify --images images.txt --policy policy.yaml --output html --output-file report.html',
      `sigtrail verify oci:build/layout:v1 --key cosign.pub --output json`,
    ],
    exitCodes: ['0', '2', '10', '11', '12', '14'],
  },
  'verify-attestation': {
    examples: [
      `sigtrail verify-attestation ${IMAGE} --type slsaprovenance1 ${WORKFLOW}`,
      `sigtrail verify-attestation ${IMAGE} --type spdxjson --key cosign.pub --output cosign`,
    ],
    exitCodes: ['0', '2', '10 attestation', '11', '12', '14'],
  },
  'verify-blob': {
    examples: [`sigtrail verify-blob app.tgz --bundle app.tgz.sigstore.json ${PEOPLE}`],
    exitCodes: ['0', '2', '12', '14'],
  },
  'fleet scan': {
    examples: [
      'sigtrail fleet scan images.txt --policy-map sigtrail.yaml',
      'sigtrail fleet scan images.txt --policy-map sigtrail.yaml --redis redis://127.0.0.1:6379 --fleet-key fleet.key --scan "nightly 2026-11-30"',
    ],
    exitCodes: ['0', '2', '10', '11', '12', '14'],
  },
  'fleet worker': {
    examples: ['sigtrail fleet worker --policy-map sigtrail.yaml --redis redis://127.0.0.1:6379 --fleet-key fleet.key'],
    exitCodes: ['0', '2'],
  },
  'fleet status': {
    examples: ['sigtrail fleet status --redis redis://127.0.0.1:6379 --fleet-key fleet.key'],
    exitCodes: ['0', '2'],
  },
  inspect: { examples: [`sigtrail inspect ${IMAGE}`], exitCodes: ['0', '2', '11', '14'] },
  triangulate: {
    examples: [`sigtrail triangulate ${IMAGE}`, `sigtrail triangulate ${IMAGE} --type attestation`],
    exitCodes: ['0', '2', '11', '14'],
  },
  replay: {
    examples: [`sigtrail replay capsule.json --trusted-root trusted_root.json ${WORKFLOW}`],
    exitCodes: ['0', '2', '10', '11', '12', '14', '15'],
  },
  gate: {
    examples: [
      'sigtrail gate compose.yaml Dockerfile --policy-map sigtrail.yaml',
      'sigtrail gate deploy/ --pin --lock sigtrail.lock.json',
      'sigtrail gate rendered.yaml --output sarif --output-file gate.sarif',
      'sigtrail gate . --check',
    ],
    exitCodes: ['0 gate', '2', '10 gate', '11', '12 gate', '14 gate'],
  },
  'gate init': {
    examples: ['sigtrail gate init deploy/ --output-file sigtrail.yaml'],
    exitCodes: ['0', '2', '14 gate'],
  },
  'gate lint': { examples: ['sigtrail gate lint sigtrail.yaml'], exitCodes: ['0', '2', '12 lint'] },
  tree: { examples: [`sigtrail tree ${IMAGE}`], exitCodes: ['0', '2', '11', '14'] },
  claims: {
    examples: [`sigtrail claims ${IMAGE}`, 'sigtrail claims certificate.pem'],
    exitCodes: ['0', '2', '10 claims', '11', '14'],
  },
  manifest: {
    examples: [`sigtrail manifest ${IMAGE}`, `sigtrail manifest ${IMAGE} --digest`],
    exitCodes: ['0', '2', '11', '14'],
  },
  blob: {
    examples: [
      `sigtrail blob ${IMAGE.split(':')[0]}@${DIGEST}`,
      `sigtrail blob oci:build/layout@${DIGEST} --output-file layer`,
    ],
    exitCodes: ['0', '2', '11', '14'],
  },
  'download attestation': {
    examples: [
      `sigtrail download attestation ${IMAGE} --predicate-type slsaprovenance1`,
      `sigtrail download attestation ${IMAGE} --platform linux/arm64 --output-file attestations.jsonl`,
    ],
    exitCodes: ['0', '2', '10 download', '11', '14'],
  },
  'download sbom': { examples: [`sigtrail download sbom ${IMAGE}`], exitCodes: ['0', '2', '10 download', '11', '14'] },
  'download signature': {
    examples: [`sigtrail download signature ${IMAGE}`],
    exitCodes: ['0', '2', '10 download', '11', '14'],
  },
  'policy lint': {
    examples: ['sigtrail policy lint policy.yaml', 'sigtrail policy lint policy.yaml --output sarif --fail-on warning'],
    exitCodes: ['0', '2', '12 lint'],
  },
  'policy import': {
    examples: [
      'sigtrail policy import cluster-image-policy.yaml',
      `sigtrail policy import cosign -- verify --key cosign.pub ${IMAGE}`,
    ],
    exitCodes: ['0', '2', '12'],
  },
  'policy test': {
    examples: [
      'sigtrail policy test policy.yaml --report app.capsule.json',
      'sigtrail policy test policy.yaml capsules/app.json capsules/web.json --output json',
    ],
    exitCodes: ['0', '2', '12 test', '14'],
  },
  'trusted-root show': {
    examples: ['sigtrail trusted-root show', 'sigtrail trusted-root show trusted_root.json --output json'],
    exitCodes: ['0', '2'],
  },
  'trusted-root fetch': {
    examples: [
      'sigtrail trusted-root fetch --output-file trusted_root.json',
      'sigtrail trusted-root fetch --mirror https://tuf.acme.test --root root.json --output-file trusted_root.json',
    ],
    exitCodes: ['0', '2', '14 fetch'],
  },
  explain: { examples: ['sigtrail explain log-missing', 'sigtrail explain'], exitCodes: ['0', '2'] },
  completion: {
    examples: [
      'sigtrail completion bash >/etc/bash_completion.d/sigtrail',
      'sigtrail completion zsh >~/.zsh/completions/_sigtrail',
      'sigtrail completion fish >~/.config/fish/completions/sigtrail.fish',
    ],
    exitCodes: ['0', '2'],
  },
  help: { examples: ['sigtrail help verify', 'sigtrail help rekor get'], exitCodes: ['0', '2'] },
  'rekor loginfo': { examples: ['sigtrail rekor loginfo'], exitCodes: ['0', '2', '14', '30'] },
  'rekor get': {
    examples: ['sigtrail rekor get 25579', 'sigtrail rekor get 25579 --output json'],
    exitCodes: ['0', '2', '11', '14', '30'],
  },
  'rekor search': {
    examples: ['sigtrail rekor search --email dev@acme.test', 'sigtrail rekor search --artifact app.tgz --uuids'],
    exitCodes: ['0', '2', '14', '30'],
  },
  'rekor track': {
    examples: [`sigtrail rekor track ${IMAGE}`, `sigtrail rekor track ${IMAGE} --timeline`],
    exitCodes: ['0', '2', '11', '14', '20', '30'],
  },
  'rekor timeline': {
    examples: ['sigtrail rekor timeline ghcr.io/acme/app', 'sigtrail rekor timeline ghcr.io/acme/app --tag 1.4'],
    exitCodes: ['0', '2', '11', '14', '30'],
  },
  'rekor watch': {
    examples: [`sigtrail rekor watch ${IMAGE} --state ~/.sigtrail --expect-identity dev@acme.test`],
    exitCodes: ['0 watch', '2', '10 watch', '14', '20 watch', '30'],
  },
  'rekor acknowledge': { examples: ['sigtrail rekor acknowledge ID --state ~/.sigtrail'], exitCodes: ['0', '2'] },
  'rekor verify': { examples: ['sigtrail rekor verify entry.json'], exitCodes: ['0', '2', '12 saved'] },
};

/** Adds examples and exit codes to the help of a command and of all below it. */
export function withHelpPages(command: Command, path: readonly string[] = []): Command {
  const page = PAGES[path.join(' ')];
  if (page !== undefined) command.addHelpText('after', `\n${pageToText(page)}`);
  for (const one of command.commands) withHelpPages(one, [...path, one.name()]);
  return command;
}

function pageToText({ examples, exitCodes }: HelpPage): string {
  const codes = exitCodes.map((key) => `  ${key.split(' ')[0]?.padEnd(3)} ${EXIT_CODES[key] ?? ''}`);
  return ['Examples:', ...examples.map((line) => `  ${line}`), '', 'Exit codes:', ...codes].join('\n');
}

/** The pages by the names of their commands. */
export const helpPages: Readonly<Record<string, HelpPage>> = PAGES;
