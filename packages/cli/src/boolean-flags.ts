import { UsageError } from './usage-error.ts';

const BOOLEAN_FLAGS: ReadonlySet<string> = new Set([
  '--insecure-ignore-tlog',
  '--insecure-ignore-sct',
  '--use-signed-timestamps',
  '--allow-http-registry',
  '--new-bundle-format',
  '--experimental-oci11',
  '--offline',
]);

/** Go spells booleans `--flag` and `--flag=false`, and never takes the next word for a value: both become plain flags. */
export function withoutBooleanValues(argv: readonly string[]): readonly string[] {
  return argv.flatMap((word) => {
    const at = word.indexOf('=');
    const name = word.slice(0, at);
    if (at < 0 || !BOOLEAN_FLAGS.has(name)) return [word];
    const value = word.slice(at + 1);
    if (/^(1|t|true)$/i.test(value)) return [name];
    if (/^(0|f|false)$/i.test(value)) return [];
    throw new UsageError(`${name} expects true or false, got ${JSON.stringify(value)}`);
  });
}
