import type { ImageCallOptions } from '../options.ts';
import type { Report } from '../report/any-report.ts';
import type { CallbackAnswer, Problem } from '../report/report.ts';
import type { LoadedTrust } from '../trust/load-trust.ts';
import { VERSION } from '../version.ts';
import { type Capsule, type RecordedDiscovery, type RecordedKey, sha256 } from './capsule.ts';
import { toRecordedEntry } from './recorded-entry.ts';
import { recordOptions } from './recorded-options.ts';
import { toRecord } from './recorded-policy.ts';
import { resolverRules } from './resolver-rules.ts';
import type { Discovered, Tape } from './tape.ts';

/** A tape that records, and the rest of the capsule. */
export interface Recording {
  readonly tape: Tape;
  /** The tape for the evaluation. */
  readonly options: ImageCallOptions;
  /** The capsule: the recording, with the report that resulted. */
  finish<R extends Report>(report: R): Capsule<R>;
}

/** What is known before the first question. */
export interface Recorded {
  readonly asked: Pick<Capsule['asked'], 'what' | 'reference'>;
  readonly options: ImageCallOptions;
  readonly now: Date;
  readonly policy: unknown;
  readonly deny?: unknown;
  readonly trust: LoadedTrust;
  readonly secondJudge: 'on' | 'off';
  /** Name and version of the second judge. */
  readonly judge: Capsule['engine']['secondJudge'];
}

/** Starts to record an evaluation. */
export function startRecording({ asked, options, now, policy, deny, trust, secondJudge, judge }: Recorded): Recording {
  const { asking, written } = recordOptions(options);
  const discoveries: RecordedDiscovery[] = [];
  const blobs = new Map<string, string>();
  const answers: CallbackAnswer[] = [];
  let keys: readonly (readonly RecordedKey[])[] = [];
  let problems: readonly Problem[] = [];
  let lookedUp: Capsule['lookedUp'];
  const tape: Tape = {
    mode: 'record',
    async discovered(question, ask) {
      const found = await ask();
      discoveries.push(toRecordedDiscovery(question, found, blobs));
      return found;
    },
    async resolved(_, ask) {
      const answer = await ask();
      keys = resolverRules(answer.policy).map((rule) =>
        rule.keys.map(({ key, from, until }) => ({
          pem: key.export({ type: 'spki', format: 'pem' }).toString(),
          ...(from === undefined ? {} : { from: from.toISOString() }),
          ...(until === undefined ? {} : { until: until.toISOString() }),
        })),
      );
      ({ problems } = answer);
      return answer;
    },
    async lookedUp(_, ask) {
      const answer = await ask();
      lookedUp = {
        entries: Object.fromEntries(
          answer.evidence.candidates.flatMap((one) =>
            'unreadable' in one || one.logEntries.length === 0 ? [] : [[one.id, one.logEntries.map(toRecordedEntry)]],
          ),
        ),
        problems: answer.problems,
      };
      return answer;
    },
    callbacks(ask) {
      const runner = ask();
      return {
        async ask(...question) {
          const answer = await runner.ask(...question);
          answers.push(answer);
          return answer;
        },
      };
    },
  };
  const document = JSON.stringify(toRecord(policy));
  return {
    tape,
    options: asking,
    finish: (report) => ({
      kind: 'sigtrail-capsule',
      schemaVersion: 2,
      engine: { name: 'sigtrail', version: VERSION, secondJudge: judge },
      asked: { ...asked, options: written() },
      now: now.toISOString(),
      policy: { document, digest: sha256(document) },
      ...(deny === undefined ? {} : { deny: JSON.stringify(toRecord(deny)) }),
      secondJudge,
      trust: {
        documents: trust.root.documents,
        combined: trust.root.digest !== sha256(trust.root.documents[0]?.text ?? ''),
        ...(trust.problem === undefined ? {} : { problem: trust.problem }),
      },
      discoveries,
      blobs: Object.fromEntries(blobs),
      resolved: { keys, problems },
      ...(lookedUp === undefined ? {} : { lookedUp }),
      answers,
      report,
    }),
  };
}

function toRecordedDiscovery(question: string, found: Discovered, blobs: Map<string, string>): RecordedDiscovery {
  if ('problem' in found) return { question, problem: found.problem };
  const { graph, image, contents } = found;
  blobs.set(image.digest, Buffer.from(image.bytes).toString('base64'));
  for (const [digest, bytes] of contents) blobs.set(digest, Buffer.from(bytes).toString('base64'));
  return { question, graph, mediaType: image.mediaType, contents: [...contents.keys()] };
}
