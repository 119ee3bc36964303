import { createSigstore } from '@sigtrail/testing';
import { now } from '../attempt.ts';
import { askSecondJudge, CASES } from './run.ts';

/** What the second judge says of one case in which our own check was taken out. */
export interface SecondOpinion {
  readonly code: string;
  readonly what: string;
  /** `refused`, `accepted`, or why it can't judge. */
  readonly answer: string;
  readonly isRefused: boolean;
}

/** Asks it about all of them. */
export async function collectSecondOpinions(): Promise<readonly SecondOpinion[]> {
  const sigstore = await createSigstore({ now });
  const opinions: SecondOpinion[] = [];
  for (const one of CASES) {
    const { verdict, reason = '' } = await askSecondJudge(one, sigstore);
    const answer = verdict === 'not-applicable' || verdict === 'not-asked' ? `${verdict}: ${reason}` : verdict;
    opinions.push({ code: one[0], what: one[1], answer, isRefused: verdict === 'refused' });
  }
  return opinions;
}

/**
 * What it doesn't judge, by what the case is about. A code that is neither refused nor here fails the test: somebody must say why.
 */
const WHY_NOT: Readonly<Record<string, string>> = {
  'signature-key-unsupported': 'it takes any RSA key; how small a key may be is our rule',
  'signed-name-missing': 'the name in a payload is ours to compare',
  'signed-name-mismatch': 'the name in a payload is ours to compare',
  'log-checkpoint-mismatch':
    'it computes the root and compares it with the checkpoint; the root beside the proof is never read',
  'log-entry-envelope-mismatch': 'the stored bytes of an envelope are not in a bundle, and it knows only the payload',
  'log-entry-retired': 'it reads every form of entry that a log ever wrote',
  'log-time-in-future': 'it has no clock',
  'timestamp-in-future': 'it has no clock',
  'sct-in-future': 'it has no clock',
  'timestamp-signing-certificate': 'it doesn’t read the certificate’s hash in a token',
  'timestamp-purpose': 'it doesn’t read what an authority’s certificate is for',
  'timestamp-unverified': 'timestamps of unknown authorities are taken away before it is asked',
  'certificate-purpose': 'it doesn’t read what a certificate is for',
  'certificate-key-usage': 'it doesn’t read what a key may be used for',
  'certificate-critical-unknown': 'it doesn’t read whether an extension is critical',
  'bundle-chain-unexpected': 'it reads the first certificate of any chain',
  'bundle-root-certificate': 'it reads the first certificate of any chain',
  'sct-log-unknown': 'SCTs of unknown logs are explained: they are inside the certificate, and can’t be taken away',
};

const POLICY = 'who must have signed, and when, is the policy’s question; it is never given a policy';
const POLICY_CODES =
  /^(key|certificate|identity)-denied$|^signer-|^key-|^profile-|^issuer-|^identity-|^claim-|^annotation-|^signed-too|^signature-(too|rolled)|^freshness-|^attestation-|^predicate-|^callback-/;

/** Why it doesn't refuse a code, or `undefined` where that isn't known. */
export function whyNotRefused(code: string): string | undefined {
  return WHY_NOT[code] ?? (POLICY_CODES.test(code) ? POLICY : undefined);
}

/** The page's tables. */
export function writeSecondOpinions(opinions: readonly SecondOpinion[]): string {
  const codes = [...new Set(opinions.map(({ code }) => code))];
  const refused = codes.filter((code) => opinions.some((one) => one.code === code && one.isRefused));
  const others = codes.filter((code) => !refused.includes(code));
  const kept = opinions.filter(({ code, isRefused }) => refused.includes(code) && !isRefused);
  return [
    `It refuses ${refused.length} of ${codes.length} codes by itself:`,
    '',
    '| our check, taken out | with it out, `@sigstore/verify` refuses |',
    '|---|---|',
    ...refused.map((code) => `| \`${code}\` | ${textOf(opinions, code, true)} |`),
    '',
    'Of these codes it can’t judge every case:',
    '',
    '| our check, taken out | case | its answer |',
    '|---|---|---|',
    ...kept.map(({ code, what, answer }) => `| \`${code}\` | ${what} | ${answer} |`),
    '',
    'And these it doesn’t judge:',
    '',
    '| our check, taken out | why not |',
    '|---|---|',
    ...others.map((code) => `| \`${code}\` | ${whyNotRefused(code) ?? 'unknown'} |`),
    '',
  ].join('\n');
}

function textOf(opinions: readonly SecondOpinion[], code: string, isRefused: boolean): string {
  return opinions
    .filter((one) => one.code === code && one.isRefused === isRefused)
    .map(({ what }) => what)
    .join('; ');
}
