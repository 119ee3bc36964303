// Verifies the bundles that other projects keep for their own tests (GitHub's CLI, sigstore-js), by the verdict that stands beside each in the
// fixtures' index. Ends with `N passed, N failed`.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CandidateReport, createVerifier, isSigtrailError, type TrustInput } from 'sigtrail';
import { fixturesDirectory } from '../fixtures-directory.ts';
import { candidatesOf, type Observe } from '../observe.ts';

/** One question about one bundle. */
export interface PublishedBundleRow {
  /** Its file, and its place in that file where there are several. */
  readonly bundle: string;
  readonly run: string;
  readonly expected: 'verified' | 'refused';
  readonly actual: 'verified' | 'refused';
  /** Why it was refused, the first reason first; empty when it was not. */
  readonly codes: readonly string[];
  readonly pass: boolean;
}

interface Entry {
  readonly dir: string;
  readonly files: readonly string[];
  readonly expected: {
    readonly result: 'valid' | 'invalid';
    readonly trustRoot?: 'public-good' | 'github' | null;
    readonly san?: readonly { readonly value: string }[] | null;
    readonly issuer?: string | null;
    /** What is wrong with an invalid one. */
    readonly error?: string;
    readonly subjects?: readonly { readonly digest: Readonly<Record<string, string>> }[];
  };
}

type Digest = `sha256:${string}` | `sha512:${string}`;

interface Question {
  readonly run: string;
  readonly expected: PublishedBundleRow['expected'];
  /** Has to be among the reasons of a refusal. */
  readonly because?: string;
  readonly trust: TrustInput;
  readonly issuer: string;
  readonly subject: string;
  readonly digest: Digest;
}

/** The index's words for what is wrong, and our codes. */
const ERRORS: Readonly<Record<string, string>> = {
  'invalid signature': 'signature-invalid',
  'missing certificate': 'bundle-malformed',
  'missing verificationMaterial': 'bundle-malformed',
};
const NOBODY = 'nobody@example.test';
const OTHER: Digest = `sha256:${'0'.repeat(64)}`;

/** Asks each bundle for its own signer and artifact, and for others who must be refused. */
export async function runPublishedBundles(
  fixtures: string,
  settings: { readonly secondJudge?: 'on' | 'off' } = {},
  observe: Observe<PublishedBundleRow> = () => {},
): Promise<readonly PublishedBundleRow[]> {
  const rows: PublishedBundleRow[] = [];
  const entries = JSON.parse(readFileSync(join(fixtures, 'index.json'), 'utf8')) as readonly Entry[];
  for (const entry of entries.filter(({ dir }) => dir.startsWith('bundles-')))
    for (const { name, text } of readBundles(fixtures, entry))
      for (const question of questionsOf(entry.expected, text, githubTrust(fixtures))) {
        const { run, expected, because } = question;
        const { codes, candidates } = await ask(text, question, settings);
        const actual = codes.length === 0 ? 'verified' : 'refused';
        const pass = actual === expected && (because === undefined || codes.includes(because));
        const row: PublishedBundleRow = { bundle: name, run, expected, actual, codes, pass };
        rows.push(row);
        observe(row, candidates);
      }
  return rows;
}

/** GitHub's own instance: no log and no SCTs, but a timestamp authority. */
function githubTrust(fixtures: string): { readonly file: string; readonly profile: 'github' } {
  return { file: join(fixtures, 'trust-staging-github/github/trusted_root.json'), profile: 'github' };
}

function readBundles(fixtures: string, { files }: Entry): readonly { readonly name: string; readonly text: string }[] {
  const file = files.find((name) => /\.(?:json|jsonl|sigstore)$/.test(name)) ?? '';
  const text = readFileSync(join(fixtures, file), 'utf8');
  if (!file.endsWith('.jsonl')) return [{ name: file, text }];
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line, index) => ({ name: lines.length === 1 ? file : `${file} ${index + 1}`, text: line }));
}

function questionsOf(
  { result, trustRoot, san, issuer, error = '', subjects = [] }: Entry['expected'],
  text: string,
  github: ReturnType<typeof githubTrust>,
): readonly Question[] {
  const [algorithm = 'sha256', hex] = Object.entries(subjects[0]?.digest ?? {})[0] ?? [];
  const own = {
    trust: [{ embedded: true }, github] as const,
    issuer: issuer ?? 'https://token.actions.githubusercontent.com',
    subject: san?.[0]?.value ?? NOBODY,
    digest: hex === undefined ? OTHER : (`${algorithm}:${hex}` as Digest),
  };
  const refused = (run: string, other: Partial<Question>): Question => ({ run, expected: 'refused', ...own, ...other });
  if (result === 'invalid') return [refused('its signer', { because: ERRORS[error] ?? error })];
  // The index says of such a bundle that all parts verify. They do; an anchor has no business among them (so the conformance suite, too).
  if (bringsRoot(text)) return [refused('its signer, and its own root', { because: 'bundle-root-certificate' })];
  const [mine, others]: readonly [TrustInput, readonly Question[]] =
    trustRoot === 'github'
      ? [
          github,
          [
            refused('the public-good root', { trust: { embedded: true }, because: 'certificate-issuer-unknown' }),
            refused('its root, under Fulcio’s profile', { trust: { file: github.file }, because: 'sct-missing' }),
          ],
        ]
      : [{ embedded: true }, [refused('GitHub’s root', { trust: github, because: 'certificate-issuer-unknown' })]];
  return [
    { run: 'its signer', expected: 'verified', ...own, trust: mine },
    { run: 'its signer, both roots trusted', expected: 'verified', ...own },
    ...others,
    refused('another subject', { subject: NOBODY, because: 'identity-mismatch' }),
    refused('another issuer', { issuer: 'https://accounts.example.test', because: 'issuer-mismatch' }),
    refused('another artifact', { digest: OTHER, because: 'subject-mismatch' }),
  ];
}

/** Is one of its certificates issued by itself? Read apart from the reader under test. */
function bringsRoot(text: string): boolean {
  const { verificationMaterial: material } = JSON.parse(text) as {
    readonly verificationMaterial: {
      readonly x509CertificateChain?: { readonly certificates: readonly { readonly rawBytes: string }[] };
    };
  };
  return (material.x509CertificateChain?.certificates ?? [])
    .map(({ rawBytes }) => new X509Certificate(Buffer.from(rawBytes, 'base64')))
    .some((certificate) => certificate.subject !== '' && certificate.checkIssued(certificate));
}

/** No codes when verified, else those of all that failed. */
async function ask(
  text: string,
  { trust, issuer, subject, digest }: Question,
  settings: { readonly secondJudge?: 'on' | 'off' },
): Promise<{ readonly codes: readonly string[]; readonly candidates: readonly CandidateReport[] }> {
  await using verifier = createVerifier({ ...settings, trust });
  try {
    const { report } = await verifier.verifyBundle(text, digest, { signedBy: { issuer, subject } });
    return { codes: [], candidates: [report] };
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    const candidates = candidatesOf(error);
    const codes = candidates
      .flatMap(({ checks }) => checks)
      .filter(({ status }) => status === 'failed')
      .map(({ code }) => code);
    return { codes: codes.length === 0 ? [error.code] : codes, candidates };
  }
}

if (import.meta.main) {
  const rows = await runPublishedBundles(fixturesDirectory());
  for (const {
    bundle,
    run,
    actual,
    codes: [code = ''],
    pass,
  } of rows)
    console.log(`${pass ? 'ok  ' : 'FAIL'} ${bundle} · ${run}: ${actual}${code === '' ? '' : ` (${code})`}`);
  const failed = rows.filter(({ pass }) => !pass).length;
  console.log(`${rows.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 && rows.length > 0 ? 0 : 1;
}
