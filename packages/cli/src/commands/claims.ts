import { existsSync } from 'node:fs';
import { splitJsonLines } from '@sigtrail/encoding/documents';
import {
  type CertificateClaims,
  decodeCertificate,
  describeIdentity,
  isClaimsError,
  type SignerIdentity,
} from '@sigtrail/fulcio-claims';
import { isOciError } from 'oci-client-lite/names';
import { inspectImage, type InspectedCandidate } from 'sigtrail';
import { claimsToText, safeText } from 'sigtrail/report';
import { parseImageLocator } from 'sigtrail/triangulate';
import type { CommandContext, Surroundings } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import { withOutputFlags, writeResult } from '../output.ts';
import { readBytes, readStandardInput } from '../read-input.ts';
import { verifierOptionsOf } from '../options.ts';
import { placesOf, withPlaceFlags } from '../places.ts';
import { withRegistryFlags } from '../registry-flags.ts';
import type { VerifyFlags } from '../verify-flags.ts';
import { withTrustFlags } from '../trust-flags.ts';
import { UsageError } from '../usage-error.ts';
import { warnOn } from '../warnings.ts';
import { withTraceFlag } from '../detail-flags.ts';

/** `sigtrail claims <ref|file|->`: what one would read in `openssl x509 -text`. */
export function addClaims({ command, exit, ...streams }: CommandContext): void {
  withOutputFlags(withTraceFlag(withRegistryFlags(withPlaceFlags(withTrustFlags(command('claims'))))), ['text', 'json'])
    .description('what the signing certificates of an image, a file or standard input say')
    .argument('<source>', 'image reference, file (PEM, DER or bundle), or - for standard input')
    .option('-t, --timeout <duration>', 'deadline, for example 30s')
    .action(async (source: string, flags: VerifyFlags) => exit(await claims(source, flags, streams)));
}

interface Shown {
  /** `proven`: every check on its signature passed, and no evidence is missing that a policy requires by default. `unverified`: only the certificate says so. */
  readonly trust: 'proven' | 'unverified';
  /** Why the signature of an image is `unverified`: codes of failed checks and of missing evidence. */
  readonly because?: readonly string[];
  readonly from: string;
  readonly certificate: CertificateClaims;
  readonly identity: SignerIdentity;
}

async function claims(
  source: string,
  flags: VerifyFlags,
  { stdout, stderr, defaults }: Surroundings,
): Promise<ExitCode> {
  const isLocal = source === '-' || existsSync(source);
  const shown = isLocal
    ? certificatesIn(
        source,
        source === '-'
          ? await readStandardInput(MAX_BYTES, 'a certificate or a bundle')
          : await readBytes('<source>', source),
      ).map((bytes) => show(bytes, source, 'unverified'))
    : await certificatesOf(imageNamed(source), flags, stderr, defaults);
  await writeResult(flags.output === 'json' ? toJsonLine(shown) : shown.map(toLines).join(''), flags, stdout);
  if (shown.length > 0) return 0;
  stderr('sigtrail: no signature with a certificate was found\n');
  return 10;
}

/** What is no file must be an image. */
function imageNamed(source: string): string {
  try {
    parseImageLocator(source);
    return source;
  } catch (error) {
    if (!isOciError(error)) throw error;
    throw new UsageError(`there is no file ${source}, and it is ${error.message} [${error.code}]`);
  }
}

function toLines({ trust, because = [], from, certificate, identity }: Shown): string {
  const why = because.length === 0 ? '' : ` (${safeText(because.join(', '))})`;
  return `${safeText(from)}: ${trust}${why}\n${claimsToText(certificate, identity)}\n`;
}

async function certificatesOf(
  reference: string,
  flags: VerifyFlags,
  stderr: Surroundings['stderr'],
  defaults: Surroundings['defaults'],
): Promise<readonly Shown[]> {
  const { candidates } = await inspectImage(reference, {
    ...(await verifierOptionsOf(flags, warnOn({ stderr }), defaults)),
    ...placesOf(flags),
  });
  return candidates.flatMap((candidate) => {
    const { id, format, proven, signer } = candidate;
    if (signer?.kind !== 'certificate') return [];
    const shown = show(Buffer.from(signer.certificate, 'base64'), `${format} ${id}`, proven ? 'proven' : 'unverified');
    return [proven ? shown : { ...shown, because: whyUnproven(candidate) }];
  });
}

function whyUnproven({ checks, missing }: InspectedCandidate): readonly string[] {
  const open = checks.filter(({ status }) => status === 'failed' || status === 'indeterminate');
  return [...new Set([...open, ...missing].map(({ code }) => code))];
}

function show(bytes: string | Uint8Array, from: string, trust: Shown['trust']): Shown {
  try {
    const certificate = decodeCertificate(bytes);
    return {
      trust,
      from,
      certificate,
      identity: describeIdentity(certificate.claims, certificate.subjectAlternativeNames),
    };
  } catch (error) {
    if (!isClaimsError(error)) throw error;
    throw new UsageError(`${from}: ${error.message} [${error.code}]`);
  }
}

const MAX_BYTES = 1024 * 1024;

/** The certificates of a file: PEM blocks, the one of a bundle (of each, where there is one a line), or DER. */
function certificatesIn(source: string, bytes: Uint8Array): readonly (string | Uint8Array)[] {
  if (bytes.byteLength > MAX_BYTES) throw new UsageError('expected a certificate or a bundle, got more than 1 MiB');
  const text = Buffer.from(bytes).toString('latin1');
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g);
  if (blocks !== null) return blocks;
  if (!text.trimStart().startsWith('{')) return [bytes];
  return splitJsonLines(text).map((line, index, { length }) => {
    const place = length === 1 ? source : `${source}, line ${index + 1}`;
    const { verificationMaterial: material } = parseBundle(place, line);
    const raw = JSON.stringify(material ?? null).match(/"rawBytes":"([A-Za-z0-9+/=]+)"/)?.[1];
    if (raw === undefined) throw new UsageError(`${place}: expected a certificate, or a bundle with one`);
    return Buffer.from(raw, 'base64');
  });
}

function parseBundle(source: string, text: string): { readonly verificationMaterial?: unknown } {
  try {
    return JSON.parse(text) as { readonly verificationMaterial?: unknown };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UsageError(`${source} is not JSON: ${error.message}`);
  }
}
