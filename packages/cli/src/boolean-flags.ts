import { UsageError } from './usage-error.ts';

const BOOLEAN_FLAGS: ReadonlySet<string> = new Set([
  '--insecure-ignore-tlog',
  '--insecure-ignore-sct',
  '--insecure-unpinned-key',
  '--use-signed-timestamps',
  '--accept-trusted-root-in-bundle',
  '--allow-http-registry',
  '--allow-insecure-registry',
  '--new-bundle-format',
  '--experimental-oci11',
  '--offline',
  '--tuf',
  '--log-lookup',
  '--allow-certificate-chain',
  '--accept-attestation-manifests',
  '--local-image',
  '--verbose',
  '--quiet',
  '--check-claims',
  '--debug',
  '--private-infrastructure',
  '--k8s-keychain',
  '--sk',
  '--pin',
  '--check',
  '--update-lock',
]);
/** On by default: `false` must reach the command. */
const ON_BY_DEFAULT: ReadonlySet<string> = new Set(['--check-claims']);

/**
 * Go spells booleans `--flag` and `--flag=false`, and never takes the next word for a value: both become plain flags.
 * The last one counts, so a script can take back a weakening that was given before.
 */
export function withoutBooleanValues(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  const words = end < 0 ? argv : argv.slice(0, end);
  /** How often it was given since it was last taken back. */
  const on = new Map<string, number>();
  const others = words.filter((word) => {
    const at = word.indexOf('=');
    const name = at < 0 ? word : word.slice(0, at);
    if (!BOOLEAN_FLAGS.has(name)) return true;
    on.set(name, at < 0 || parseBoolean(name, word.slice(at + 1)) ? (on.get(name) ?? 0) + 1 : 0);
    return false;
  });
  const flags = [...on].flatMap(([name, times]) =>
    times > 0
      ? Array.from({ length: times }, () => name)
      : ON_BY_DEFAULT.has(name)
        ? [name.replace('--', '--no-')]
        : [],
  );
  return [...others, ...flags, ...(end < 0 ? [] : argv.slice(end))];
}

function parseBoolean(name: string, value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new UsageError(`${name} expects true or false, got ${JSON.stringify(value)}`);
}
