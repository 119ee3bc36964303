import { explainCode, safeText } from 'sigtrail/report';
import { groupBy } from '../group-by.ts';
import type { Finding } from '../judge/findings.ts';
import type { AdmissionResponse } from './admission-review.ts';

/** What the API server tells: enough for the person who applied the object to know what to do, without a look at any log. */
export function answerFindings(uid: string, findings: readonly Finding[]): AdmissionResponse {
  const refused = findings.filter(({ result }) => result === 'refused');
  const warnings = [
    ...group(findings.filter(({ result }) => result === 'warned')).map((text) => `sigtrail would refuse ${text}`),
    ...group(findings.filter(({ code }) => code === 'exception')).map((text) => `sigtrail excuses ${text}`),
  ].map((text) => cut(shortDigests(text), MAX_WARNING));
  return {
    uid,
    allowed: refused.length === 0,
    ...(refused.length === 0 ? {} : { status: forbidden(group(refused).join('\n')) }),
    ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, MAX_WARNINGS) }),
    ...(findings.length === 0 ? {} : { auditAnnotations: annotate(findings) }),
  };
}

/** A refusal that is about the request and not about an image. */
export function refuse(uid: string, code: string, message: string): AdmissionResponse {
  return {
    uid,
    allowed: false,
    status: forbidden(`${message} [${code}]`),
    auditAnnotations: { verdict: 'refused', codes: code },
  };
}

// The API server drops what is longer than 256 characters, and all warnings past 4,096.
const MAX_WARNING = 250;
const MAX_WARNINGS = 12;
const MAX_MESSAGE = 4_000;
const MAX_ANNOTATION = 2_000;

function forbidden(message: string): NonNullable<AdmissionResponse['status']> {
  return { code: 403, reason: 'Forbidden', message: cut(message, MAX_MESSAGE) };
}

/** One text for each distinct answer: eight containers of one image are told once. */
function group(findings: readonly Finding[]): readonly string[] {
  const groups = groupBy(findings, ({ code, message, by, image }) => JSON.stringify([image.image, code, message, by]));
  return groups.map((alike) =>
    describe(
      alike[0],
      alike.map(({ image }) => image.name),
    ),
  );
}

/** One finding in a sentence. */
export function describeFinding(finding: Finding): string {
  return describe(finding, [finding.image.name]);
}

/** Strings in it come from strangers, and end on a terminal. */
function describe({ image, code, message, by }: Finding, names: readonly string[]): string {
  const shown =
    names.length > 3 ? `${names.slice(0, 2).join(', ')} and ${String(names.length - 2)} more` : names.join(', ');
  const said = message.includes(image.image) ? message : `${image.image}: ${message}`;
  const next = NEXT[code] ?? explainCode(code)?.next ?? '';
  const sentence = next === '' ? '' : `. ${next.slice(0, 1).toUpperCase()}${next.slice(1)}`;
  return safeText(`${shown}: ${said} [${code}] (${by})${sentence}`);
}

/** What helps the person who applies an object. What the library says about these codes helps the person who runs a verifier. */
const NEXT: Readonly<Record<string, string>> = {
  exception: '',
  'invalid-reference': '',
  'not-pinned': '',
  'unknown-digest': '',
  unsigned: 'Sign the image, or ask the keeper of the map',
  'no-match': 'Have the image signed by the signer that the rule names, or ask the keeper of the map',
  deadline: 'Try again; if it stays so, look at the registry, or raise timeoutSeconds of the webhook',
  overloaded: 'Try again in a moment',
  network: 'Try again when the registry answers',
  'rate-limited': 'Try again after that; a pull secret often raises the limit',
  'image-not-found': 'If it is there and private, name a pull secret that may read it',
  unauthorized: 'Name a pull secret that may read this repository',
};

/** For the audit log: the verdict in a word, and the code of each image. The API server puts the webhook's name before the keys. */
function annotate(findings: readonly Finding[]): Readonly<Record<string, string>> {
  const order = ['refused', 'warned', 'noted'] as const;
  const verdict = order.find((result) => findings.some((finding) => finding.result === result)) ?? 'allowed';
  const codes = findings.map(({ image, code }) => `${image.name}=${code}`).join(', ');
  return { verdict, codes: safeText(cut(codes, MAX_ANNOTATION)) };
}

/** Twelve digits tell people enough, and leave room for the reason. */
function shortDigests(text: string): string {
  return text.replaceAll(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…');
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
