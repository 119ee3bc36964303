import { suggestName } from '@sigtrail/encoding';

/** What people write for a flag that has another name here: of `gh attestation verify`, of older tools, or by guess. */
const MEANT: Readonly<Record<string, string>> = {
  '--identity': '--certificate-identity',
  '--cert-identity': '--certificate-identity',
  '--subject': '--certificate-identity',
  '--identity-regexp': '--certificate-identity-regexp',
  '--cert-identity-regex': '--certificate-identity-regexp',
  '--issuer': '--certificate-oidc-issuer',
  '--oidc-issuer': '--certificate-oidc-issuer',
  '--certificate-issuer': '--certificate-oidc-issuer',
  '--cert-oidc-issuer': '--certificate-oidc-issuer',
  '--public-key': '--key',
  '--predicate-type': '--type',
  '--json': '--output json',
  '--format': '--output',
  '--insecure': '--allow-http-registry',
  '--insecure-registry': '--allow-http-registry',
  '--root': '--trusted-root',
  '--username': '--registry-username',
  '--password': '--registry-password',
};

const ALL_IS_SHOWN = 'it prints all that it knows';
const NO_QUIET = 'what it prints is its result; for the exit code alone: >/dev/null';

/** Flags that most commands have, and why others have none. */
const MISSING: Readonly<Record<string, string>> = {
  '-v': ALL_IS_SHOWN,
  '--verbose': ALL_IS_SHOWN,
  '-q': NO_QUIET,
  '--quiet': NO_QUIET,
};

/** A line that can't be parsed, told as every other mistake is: what commander says, what was probably meant, and where the flags are explained. */
export function parseErrorText(said: string, command: string, flags: readonly string[]): string {
  const text = said
    .trim()
    .replaceAll('\n', ' ')
    .replace(/^error: /, '');
  const [, flag = ''] = /^unknown option '(--?[\w-]+)/.exec(text) ?? [];
  if (command === 'sigtrail' && flag === '-v')
    return `sigtrail: ${text}; did you mean --version, or -v behind a command?\n`;
  if (command.includes(' ') && Object.hasOwn(MISSING, flag))
    return `sigtrail: ${command} has no ${flag}: ${MISSING[flag] ?? ''}\n`;
  const meant = Object.hasOwn(MEANT, flag) ? MEANT[flag] : undefined;
  if (meant !== undefined) return `sigtrail: ${text}; did you mean ${meant}?\n`;
  // commander finds no flag like one that has its value behind it.
  const near = flag === '' ? '' : suggestName(flag, flags);
  const hint = near.startsWith('did you mean') ? near : `${command} --help has the flags`;
  return `sigtrail: ${text}${text.includes('Did you mean') ? '' : `; ${hint}`}\n`;
}
