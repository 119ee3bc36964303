import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  compareProofs,
  isRekorError,
  leafHash,
  type LogEntry,
  parseLogEntry,
  parseLogKey,
  parseTransparencyLogEntry,
  type ProofComparison,
  proveEntry,
  readTrustedLogs,
  type TrustedLog,
} from '@sigtrail/rekor';
import { filesBelow, objectsBelow, row, type RekorRow } from './row.ts';

/** The logs of every recorded trusted root. */
export function recordedLogs(fixtures: string): readonly TrustedLog[] {
  const roots = filesBelow(fixtures, '.').filter((file) => /trust.*root.*\.json$/.test(file));
  // Logs of the local stack that are in no trusted root.
  const own = ['v2/log.pub', 'v2-kinds/log.pub'].map((file) =>
    parseLogKey(readFileSync(join(fixtures, 'local-stack/rekor', file), 'utf8')),
  );
  const listed = roots.flatMap((file) => {
    try {
      return readTrustedLogs(readFileSync(join(fixtures, file))).transparencyLogs;
    } catch (error) {
      if (isRekorError(error)) return []; // roots that are broken on purpose
      throw error;
    }
  });
  return [...listed, ...own];
}

// What recorded entries must come to, where that is anything but proven or promised; all others must hold.
const EXPECTED: readonly (readonly [RegExp, string])[] = [
  // sigstore-java changed "kind" in the body: everything that the log signed still names the old one.
  [/java-jar-entry-v2\.json$/, 'inclusion-invalid'],
  // trivy changed the UUID.
  [/trivy-intoto-3280165\.json$/, 'entry-mismatch'],
  [/checkpoint-bad-keyhint_fail/, 'untrusted-key'],
  [/checkpoint-wrong-roothash_fail/, 'checkpoint-mismatch'],
  [/inclusion-proof-corrupted-hash_fail/, 'inclusion-invalid'],
  [/invalid-checkpoint-signature_fail/, 'checkpoint-signature-invalid'],
  [/invalid-inclusion-proof_fail/, 'inclusion-invalid'],
  [/set-invalid-signature_fail/, 'set-invalid'],
  [/rekor2-checkpoint-missing-(?:origin|root-hash|size)_fail/, 'invalid-checkpoint'],
  [/rekor2-checkpoint-missing-log-signature_fail/, 'invalid-checkpoint'],
  [/rekor2-checkpoint-no-matching-signature_fail/, 'checkpoint-signature-invalid'],
  [/rekor2-no-inclusion-proof_fail/, 'unproven'],
  [/bundle-negative-log-index_fail/, 'invalid-entry'],
  // Their bodies were changed: what the log promised names others.
  [
    /incorrect-public-key_fail|bundle-(?:unknown-version|empty-certificate-chain|invalid-base64-signature)_fail/,
    'set-invalid',
  ],
  [/neg-(?:checkpoint-later|inclusion-proof-rekor[12])\//, 'inclusion-invalid'],
  [/neg-unknown-rekor-bundle\//, 'untrusted-key'],
];

/** Every answer of a Rekor v1 that others recorded. */
export function recordedAnswers(fixtures: string): readonly RekorRow[] {
  const logs = recordedLogs(fixtures);
  return filesBelow(fixtures, 'rekor-v1-entries')
    .filter((file) => file.endsWith('.json'))
    .flatMap((file) => {
      const document = JSON.parse(readFileSync(join(fixtures, file), 'utf8')) as Readonly<
        Record<string, object | string>
      >;
      if ('canonicalizedBody' in document) return []; // a bundle's entry, judged as such
      const { body } = document;
      const [uuid = '', answer = {}] =
        typeof body === 'string'
          ? [Buffer.from(leafHash(Buffer.from(body, 'base64'))).toString('hex'), document]
          : (Object.entries(document)[0] ?? []);
      return [
        row(
          file,
          expectationOf(file, 'holds'),
          outcomeOf(() => parseLogEntry(Buffer.from(JSON.stringify({ [uuid]: answer })), { uuid }), logs),
        ),
      ];
    });
}

/** Every entry in every bundle of the fixtures, the spoilt ones by the check that must see it. */
export function recordedBundles(fixtures: string): readonly RekorRow[] {
  const logs = recordedLogs(fixtures);
  return bundledEntries(fixtures).map(({ file, object }) =>
    row(
      file,
      expectationOf(file, 'holds'),
      outcomeOf(() => parseTransparencyLogEntry(object), logs),
    ),
  );
}

/** All of them held against each other. */
export function comparedBundles(fixtures: string): ProofComparison {
  const entries = bundledEntries(fixtures).flatMap(({ object }) => {
    try {
      return [parseTransparencyLogEntry(object)];
    } catch (error) {
      if (isRekorError(error)) return [];
      throw error;
    }
  });
  return compareProofs(entries, { logs: recordedLogs(fixtures) });
}

function bundledEntries(fixtures: string): ReturnType<typeof objectsBelow> {
  return objectsBelow(fixtures, '.').filter(({ object }) => 'canonicalizedBody' in object && 'logId' in object);
}

function expectationOf(file: string, otherwise: string): string {
  return EXPECTED.find(([pattern]) => pattern.test(file))?.[1] ?? otherwise;
}

/** `holds` when the proof or, without one, the promise does; otherwise the code of the first check that doesn't. */
function outcomeOf(read: () => LogEntry, logs: readonly TrustedLog[]): string {
  try {
    const { alarm, provenance } = proveEntry(read(), { logs });
    return alarm?.code ?? (provenance.body === 'unproven' ? 'unproven' : 'holds');
  } catch (error) {
    if (isRekorError(error)) return error.code;
    throw error;
  }
}
