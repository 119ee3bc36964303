import { digestOf, isDigest, parseManifest, repositoryName } from 'oci-client-lite';
import { questionOf } from '../discover/discover-image.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import type { CarriedEntry } from '../evidence/candidate.ts';
import { parseKey } from '../keys/parse-key.ts';
import type { NamedKey } from '../keys/resolve-keys.ts';
import type { CallbackRunner } from '../policy/callback.ts';
import { withResolvedKeys } from '../policy/resolve-rules.ts';
import type { CallbackAnswer } from '../report/report.ts';
import { readReference } from '../read-reference.ts';
import { counted, decodeBase64 } from '@sigtrail/encoding';
import { blamed, type Capsule, invalidCapsule, type RecordedDiscovery, type RecordedKey } from './capsule.ts';
import { fromRecordedEntry, type RecordedEntry } from './recorded-entry.ts';
import { NOT_RECORDED } from './recorded-policy.ts';
import { resolverRules } from './resolver-rules.ts';
import type { Discovered, Tape } from './tape.ts';

/**
 * A tape that answers only from a capsule. The answers of the code of the capsule's own policy, and the keys of its resolvers, are used for
 * no other policy.
 */
export function play(capsule: Capsule, { forOwnPolicy }: { readonly forOwnPolicy: boolean }): Tape {
  const blobs = readBlobs(capsule);
  const questions = capsule.discoveries.map(({ question }) => question);
  const twice = questions.find((question, index) => questions.indexOf(question) !== index);
  if (twice !== undefined) throw invalidCapsule(`it answers ${JSON.stringify(twice)} twice`, 'discoveries');
  const discoveries = new Map(
    capsule.discoveries.map((one, index) => [one.question, { one, path: `discoveries.${index}` }] as const),
  );
  return {
    mode: 'replay',
    async discovered(question) {
      const recorded = discoveries.get(question) ?? discoveries.get(widerThan(question, questions));
      // A different clock or policy may lead to a question that was never asked: the answer is unknown.
      if (recorded === undefined) return { problem: { code: 'not-recorded', message: `${NOT_RECORDED}: ${question}` } };
      return Promise.resolve(toDiscovered(recorded.one, blobs, recorded.path));
    },
    async resolved(policy) {
      const rules = resolverRules(policy);
      if (!forOwnPolicy)
        return {
          policy,
          problems: rules.map(({ path }) => ({
            code: 'not-recorded',
            message: `${NOT_RECORDED}: the keys of ${path}`,
          })),
        };
      const { keys, problems } = capsule.resolved;
      if (keys.length !== rules.length)
        throw invalidCapsule(
          `it has the keys of ${counted(keys.length, 'resolver')}, its policy has ${rules.length}`,
          'resolved.keys',
        );
      const resolved = new Map(rules.map((rule, index) => [rule, (keys[index] ?? []).map(toNamedKey)] as const));
      return Promise.resolve({ policy: withResolvedKeys(policy, resolved), problems });
    },
    async lookedUp(evidence) {
      const { entries, problems } = capsule.lookedUp ?? { entries: {}, problems: [] };
      const candidates = evidence.candidates.map((one) => {
        const found = 'unreadable' in one || !Object.hasOwn(entries, one.id) ? undefined : entries[one.id];
        return found === undefined ? one : { ...one, logEntries: found.map(readEntry) };
      });
      return Promise.resolve({ evidence: { ...evidence, candidates }, problems });
    },
    callbacks: () => playAnswers(forOwnPolicy ? capsule.answers : []),
  };
}

/** A recorded question that asked for more than this one, if there is one: the caller's policy may need less than the policy in the capsule. */
function widerThan(question: string, questions: readonly string[]): string {
  const wider = question.replace(/^(?:signatures|attestations) of /, 'signatures, attestations of ');
  return questions.find((one) => one === wider || one.startsWith(`${wider} with the attestation manifests `)) ?? '';
}

/** Bytes by digest. Each is hashed, so that it can't replace different bytes. */
function readBlobs({ blobs }: Capsule): ReadonlyMap<string, Uint8Array> {
  return new Map(
    Object.entries(blobs).map(([digest, base64]) => {
      const bytes = decodeBase64(base64);
      const algorithm = digest.startsWith('sha512:') ? 'sha512' : 'sha256';
      if (bytes === undefined || !isDigest(digest) || digestOf(bytes, algorithm) !== digest)
        throw invalidCapsule('bytes do not have the digest that they are listed under', `blobs.${digest}`);
      return [digest, bytes];
    }),
  );
}

function toDiscovered(recorded: RecordedDiscovery, blobs: ReadonlyMap<string, Uint8Array>, path: string): Discovered {
  if ('problem' in recorded) return { problem: recorded.problem };
  const { graph, mediaType, contents } = recorded;
  const blob = (digest: string): Uint8Array => {
    const bytes = blobs.get(digest);
    if (bytes === undefined) throw invalidCapsule(`the bytes of ${digest} are not there`, path);
    return bytes;
  };
  const bytes = blob(graph.digest);
  requireBound(recorded, bytes.byteLength, path);
  return {
    graph,
    image: {
      digest: graph.digest,
      mediaType,
      size: bytes.byteLength,
      bytes,
      manifest: blamed(path, () => parseManifest(bytes, { declared: mediaType })),
    },
    contents: new Map(contents.map((digest) => [digest, blob(digest)])),
    read: async () =>
      Promise.reject(invalidCapsule('bytes that were not read when the capsule was made can’t be read now', path)),
  };
}

/** The finds must match the question and the bytes: name, digest, size and media type. */
function requireBound(
  { question, graph, mediaType }: Extract<RecordedDiscovery, { readonly graph: unknown }>,
  size: number,
  path: string,
): void {
  const { reference, want, repository, digest, pinned, attestationManifests: walked } = graph;
  const require = (what: string, expected: string, actual: string): void => {
    if (actual !== expected) throw invalidCapsule(`${what} is ${actual}, expected ${expected}`, `${path}.graph`);
  };
  const given = typeof walked === 'object' ? walked : [];
  require('what was asked', question, questionOf({ reference, want, given }));
  require('graph.pinned', `${repository}@${digest}`, pinned);
  require('graph.mediaType', mediaType, graph.mediaType);
  require('graph.size', String(size), String(graph.size));
  const asked = blamed(`${path}.graph`, () => readReference(reference));
  // A layout is named by its folder.
  if (asked.kind === 'layout') return;
  require('graph.repository', repositoryName(asked.reference), repository);
  if (asked.reference.digest !== undefined) require('graph.digest', asked.reference.digest, digest);
}

function readEntry(entry: RecordedEntry): CarriedEntry {
  return blamed('lookedUp.entries', () => fromRecordedEntry(entry));
}

function toNamedKey({ pem, from, until }: RecordedKey): NamedKey {
  const key = blamed('resolved.keys', () => parseKey(pem, 'resolved.keys'));
  return {
    key,
    fingerprint: keyFingerprint(key),
    ...(from === undefined ? {} : { from: new Date(from) }),
    ...(until === undefined ? {} : { until: new Date(until) }),
  };
}

function playAnswers(answers: readonly CallbackAnswer[]): CallbackRunner {
  const left = [...answers];
  return {
    async ask({ name }, about) {
      const at = left.findIndex(
        (one) => one.name === name && one.scope === about.scope && one.candidate === about.candidate,
      );
      const [answer] = at < 0 ? [] : left.splice(at, 1);
      return Promise.resolve(answer ?? { name, ...about, answer: 'threw', reason: NOT_RECORDED });
    },
  };
}
