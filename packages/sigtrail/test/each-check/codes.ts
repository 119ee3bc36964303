import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SOURCES = [
  'establish/{check-*,establish*,facts,prove-entry,recorder}.ts',
  'keys/key-window.ts',
  'decide/{check-rule,check-signer,apply-rule}.ts',
];

/** Codes that no row can be about, and why. */
export const WITHOUT_ROW: Readonly<Record<string, string>> = {
  'attestation-of-platform': 'a name: no policy decides about an index by statements about its platforms',
  'certificate-claims-malformed': 'a parser: nothing is left that says who signed',
  'certificate-malformed': 'a parser: nothing is left to judge',
  'internal-error': 'an exception: nothing is left to judge',
  'bundle-root-accepted': 'says that nothing was asked',
  'bundle-chain-relaxed': 'says that nothing was asked',
  'certificate-purpose-relaxed': 'says that nothing was asked',
  'no-verified-time': 'says that nothing could be asked; `time-missing` and `certificate-expired` refuse for it',
  'signature-key-not-named': 'says that nothing could be asked: without a key there is no signer to accept',
  'second-judge-refused': 'the second judge, which is off',
  'second-judge-not-applicable': 'the second judge, which is off',
};

// Words with a hyphen in those files that name something else than a check's outcome.
const OTHER_WORDS = [
  'authority-expired',
  'authority-not-valid',
  'code-signing',
  'cosign-attestation',
  'invalid-certificate',
  'invalid-option',
  'not-applicable',
  'not-asked',
  'public-key',
  'simple-signing',
  'single-certificate',
  'timed-out',
  'timestamp-authority',
  'unknown-authority',
  'unknown-issuer',
];

/** The codes of all checks, read off the verifier's source: whatever looks like one there and is not known to be something else. */
export function codesInSource(): readonly string[] {
  const root = join(import.meta.dirname, '../../src');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8').replace(/^import[^;]*;/gm, '');
  const text = globSync([...SOURCES], { cwd: root })
    .filter((path) => !path.includes('.test') && !path.includes('stock-'))
    .map(read)
    .join('\n');
  const words = [...text.matchAll(/'([a-z]+(?:-[a-z]+)+)'/g)].map(([, word]) => word ?? '');
  const direct = [...text.matchAll(/\.(?:fail|skip|unknown)\(\s*'[a-z.-]+',\s*'([a-z-]+)'/g)].map(
    ([, code]) => code ?? '',
  );
  const names = new Set(
    [...text.matchAll(/\b(?:fail|skip|unknown|pass|countParties|check)\(\s*'([a-z.-]+)'/g)].map(
      ([, name]) => name ?? '',
    ),
  );
  const faults = [...read('establish/verify-timestamp.ts').matchAll(/fault: '([a-z-]+)'/g)]
    .map(([, fault]) => `timestamp-${fault}`)
    .filter((code) => code !== 'timestamp-unknown-authority'); // is `timestamp-authority-unknown`
  const indirect = words.filter((word) => !names.has(word) && !OTHER_WORDS.includes(word));
  return [...new Set([...direct, ...indirect, ...faults])].toSorted();
}
