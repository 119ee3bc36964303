/** Flags that need no value: `--flag`, `--flag=true`, `--flag=false`. */
const BOOLEAN_FLAGS: ReadonlySet<string> = new Set([
  '--insecure-ignore-tlog',
  '--insecure-ignore-sct',
  '--use-signed-timestamps',
  '--allow-http-registry',
  '--allow-insecure-registry',
  '--new-bundle-format',
  '--experimental-oci11',
  '--offline',
]);

/**
 * Command lines as cosign reads them. A boolean flag takes a value only behind `=`: the word after
 * `--insecure-ignore-tlog` is the image, never the flag's value.
 */
export function readGoArguments(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--');
  const flags = end < 0 ? argv : argv.slice(0, end);
  const read = flags.flatMap((word) => {
    if (BOOLEAN_FLAGS.has(word)) return [`${word}=true`];
    const short = /^(-[a-z])=(.*)$/su.exec(word);
    return short === null ? [word] : short.slice(1);
  });
  return end < 0 ? read : [...read, ...argv.slice(end)];
}
