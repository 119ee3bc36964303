import 'reflect-metadata';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { X509Certificate as PeculiarCertificate } from '@peculiar/x509';
import { X509Certificate as SigstoreCertificate } from '@sigstore/core';
import { type CertificateClaims, CLAIM_OIDS, decodeCertificate, isClaimsError } from '../src/index.ts';

/** What came of one certificate: ours refused it by its own code, all readers said the same, or something is wrong. */
export type Comparison =
  | { readonly kind: 'refused'; readonly code: string }
  | { readonly kind: 'same' }
  | { readonly kind: 'finding'; readonly what: string };

/**
 * Reads one certificate with our reader, `node:crypto`, `@sigstore/core` and `@peculiar/x509`. Ours may refuse what they read: it is stricter. What it accepts,
 * they must read alike, and it may throw nothing but its own error.
 */
export function compareReaders(der: Uint8Array): Comparison {
  let ours: CertificateClaims;
  try {
    ours = decodeCertificate(der);
  } catch (error) {
    return isClaimsError(error)
      ? { kind: 'refused', code: error.code }
      : {
          kind: 'finding',
          what: `ours threw ${error instanceof Error ? `${error.name}: ${error.message}` : 'no error'}`,
        };
  }
  const differences = [
    ...compareWithNode(ours, der),
    ...compareWithSigstore(ours, der),
    ...compareWithPeculiar(ours, der),
  ];
  return differences.length === 0 ? { kind: 'same' } : { kind: 'finding', what: differences.join('; ') };
}

/** A reader that gives up on a field (or on all) says nothing that ours could contradict. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function compareWithNode(ours: CertificateClaims, der: Uint8Array): readonly string[] {
  const node = attempt(() => new NodeCertificate(Buffer.from(der)));
  if (node === undefined) return [];
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['serial', BigInt(`0x${ours.serialNumber}`), attempt(() => BigInt(`0x${node.serialNumber}`))],
    ['notBefore', new Date(ours.notBefore).getTime(), attempt(() => node.validFromDate.getTime())],
    ['notAfter', new Date(ours.notAfter).getTime(), attempt(() => node.validToDate.getTime())],
    ['ca', ours.isCa, attempt(() => node.ca)],
    ['key', ours.publicKey.algorithm, attempt(() => node.publicKey.asymmetricKeyType)],
    ['purposes', ours.extendedKeyUsages.join(), attempt(() => (node.keyUsage ?? []).join())],
    ...ours.subjectAlternativeNames.flatMap(({ kind, value }): readonly (readonly [string, unknown, unknown])[] => {
      const label = {
        uri: 'URI',
        email: 'email',
        dns: 'DNS',
        ip: undefined,
        'other-name': undefined,
        unsupported: undefined,
      }[kind];
      if (label === undefined || node.subjectAltName === undefined) return [];
      // Node writes names with commas or quotes in them as JSON, and the comma as an escape.
      const texts = [`${label}:${value}`, `${label}:${JSON.stringify(value).replaceAll(',', String.raw`\u002c`)}`];
      return [['name', true, texts.some((text) => node.subjectAltName?.includes(text))]];
    }),
  ];
  return differing('node', pairs);
}

function compareWithSigstore(ours: CertificateClaims, der: Uint8Array): readonly string[] {
  const theirs = attempt(() => SigstoreCertificate.parse(Buffer.from(der)));
  if (theirs === undefined) return [];
  const single = ours.subjectAlternativeNames.length === 1 ? ours.subjectAlternativeNames[0] : undefined;
  const pairs: readonly (readonly [string, unknown, unknown])[] = [
    ['serial', BigInt(`0x${ours.serialNumber}`), attempt(() => BigInt(`0x${theirs.serialNumber.toString('hex')}`))],
    ['notBefore', new Date(ours.notBefore).getTime(), attempt(() => theirs.notBefore.getTime())],
    ['notAfter', new Date(ours.notAfter).getTime(), attempt(() => theirs.notAfter.getTime())],
    ['ca', ours.isCa, attempt(() => theirs.isCA)],
    ...(single !== undefined && ['uri', 'email'].includes(single.kind)
      ? ([['name', single.value, attempt(() => theirs.subjectAltName)]] as const)
      : []),
    ...Object.entries(CLAIM_OIDS).flatMap(([name, oid]): readonly (readonly [string, unknown, unknown])[] => {
      const extension = attempt(() => theirs.extension(oid));
      const said = ours.claims[name as keyof typeof CLAIM_OIDS];
      // 1.1 to 1.6 are raw text; later ones have a header of two to four bytes.
      if (extension === undefined || said === undefined) return [];
      const bytes = extension.value;
      return [[name, true, bytes.subarray(-Buffer.byteLength(said)).toString('utf8') === said || said === '']];
    }),
  ];
  return differing('@sigstore/core', pairs);
}

function compareWithPeculiar(ours: CertificateClaims, der: Uint8Array): readonly string[] {
  const theirs = attempt(() => new PeculiarCertificate(new Uint8Array(der)));
  if (theirs === undefined) return [];
  // Where one of the two escapes a value, they write it differently: its own table has those.
  const names = [ours.issuer, ours.subject].some((name) => /[\\#]/.test(name))
    ? []
    : ([
        ['issuer', ours.issuer, attempt(() => theirs.issuer)],
        ['subject', ours.subject, attempt(() => theirs.subject)],
      ] as const);
  return differing('@peculiar/x509', [
    ['serial', BigInt(`0x${ours.serialNumber}`), attempt(() => BigInt(`0x${theirs.serialNumber}`))],
    ['notBefore', new Date(ours.notBefore).getTime(), attempt(() => theirs.notBefore.getTime())],
    ['notAfter', new Date(ours.notAfter).getTime(), attempt(() => theirs.notAfter.getTime())],
    [
      'critical',
      ours.criticalOids.join(),
      attempt(() =>
        theirs.extensions
          .filter(({ critical }) => critical)
          .map(({ type }) => type)
          .join(),
      ),
    ],
    ...names,
  ]);
}

function differing(reader: string, pairs: readonly (readonly [string, unknown, unknown])[]): readonly string[] {
  return pairs.flatMap(([field, ours, theirs]) =>
    theirs === undefined || ours === theirs ? [] : [`${field}: ours ${shown(ours)}, ${reader} ${shown(theirs)}`],
  );
}

function shown(value: unknown): string {
  return typeof value === 'bigint' ? value.toString(16) : (JSON.stringify(value) ?? 'undefined');
}

/** What a run of mutations came to. */
export interface DifferentialRun {
  readonly compared: number;
  readonly refused: number;
  readonly same: number;
  readonly findings: readonly string[];
}

/** Mutates certificates, the same ones for the same seed: bits, bytes, lengths, cuts, copies, and halves of two. */
export function runDifferential(
  certificates: readonly Uint8Array[],
  { seed, mutations }: { readonly seed: number; readonly mutations: number },
): DifferentialRun {
  const random = generator(seed);
  const findings: string[] = [];
  let refused = 0;
  let same = 0;
  for (let number = 0; number < mutations; number += 1) {
    const original = certificates[random(certificates.length)] ?? new Uint8Array();
    const other = certificates[random(certificates.length)] ?? original;
    let der = mutate(original, other, random);
    if (random(4) === 0) der = mutate(der, other, random);
    const result = compareReaders(der);
    if (result.kind === 'refused') refused += 1;
    else if (result.kind === 'same') same += 1;
    else findings.push(`mutation ${number} of seed ${seed}: ${result.what} [${Buffer.from(der).toString('base64')}]`);
  }
  return { compared: mutations, refused, same, findings };
}

function mutate(original: Uint8Array, other: Uint8Array, random: (below: number) => number): Uint8Array {
  const bytes = Buffer.from(original);
  const at = random(bytes.length);
  switch (random(8)) {
    case 0:
    case 1:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    case 2:
      bytes[at] = random(256);
      return bytes;
    case 3:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(4))]);
    case 4:
      return Buffer.concat([bytes.subarray(0, at), Buffer.of(random(256)), bytes.subarray(at)]);
    case 5: {
      const length = 1 + random(24);
      return Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)]);
    }
    case 6:
      return Buffer.concat([bytes.subarray(0, at), other.subarray(Math.min(at, other.length))]);
    default: {
      // A part of another certificate over ours: same length, other meaning.
      const length = Math.min(1 + random(40), other.length, bytes.length - at);
      bytes.set(other.subarray(0, length), at);
      return bytes;
    }
  }
}

/** mulberry32. */
function generator(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
}
