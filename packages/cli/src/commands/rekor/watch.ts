import { statSync } from 'node:fs';
import { createFileStore, type ExpectedSigner, jsonlSink, webhookSink, type WatchedIdentity } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { createVerifier, type WatchOptions } from 'sigtrail';
import type { CommandContext } from '../../command.ts';
import { toJsonLine } from '../../json-line.ts';
import { durationOf, trackingOptionsOf } from '../../options.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { type PlaceFlags, placesOf, withPlaceFlags } from '../../places.ts';
import { collect, type TrustFlags, withTrustFlags } from '../../trust-flags.ts';
import { readKeySource } from '../../key-source.ts';
import { type RegistryFlags, withRegistryFlags } from '../../registry-flags.ts';
import { UsageError } from '../../usage-error.ts';
import { warnOn } from '../../warnings.ts';
import { watchToText } from './watch-to-text.ts';
import { withTraceFlag } from '../../detail-flags.ts';

interface WatchFlags extends TrustFlags, PlaceFlags, RegistryFlags, OutputFlags {
  readonly state?: string;
  readonly events?: string;
  readonly webhook?: readonly string[];
  readonly identity?: readonly string[];
  readonly key?: readonly string[];
  readonly expectIdentity?: readonly string[];
  readonly expectIssuer?: string;
  readonly expectKey?: readonly string[];
  readonly rekorUrl?: string;
  readonly rekorLog?: string;
  readonly scan?: boolean;
  readonly from?: string;
  readonly interval?: string;
  readonly timeout?: string;
}

/** `sigtrail rekor watch [ref…]`: new entries since the last run, and whether the logs are honest. Made for cron. */
export function addWatch(parent: Command, { exit, stdout, stderr, defaults }: CommandContext): void {
  withOutputFlags(withTraceFlag(withRegistryFlags(withPlaceFlags(withTrustFlags(parent.command('watch'))))), [
    'text',
    'json',
  ])
    .description(
      'new log entries about images and people since the last run, and whether the logs are honest; exit 0 nothing new, 10 new entries or a log seen for the first time, 14 incomplete, 20 unexpected signer or a signature gone from the registry, 30 a log misbehaves',
    )
    .argument('[ref...]', 'images; a tag is looked up in each run')
    .option('--state <directory>', 'where to remember what was seen (required)')
    .option('--events <file>', 'append each event as a line of JSON, exactly once')
    .option('--webhook <url>', 'post each event; repeatable', collect)
    .option('--identity <subject>', 'watch what this subject signs, whatever it is; repeatable', collect)
    .option('--key <file>', 'watch what this key signs (PEM); repeatable', collect)
    .option('--expect-identity <subject>', 'who may sign; anybody else is exit 20; repeatable', collect)
    .option('--expect-issuer <url>', 'and whose identities those are')
    .option('--expect-key <file>', 'a key that may sign (PEM); repeatable', collect)
    .option('--rekor-url <url>', 'this log only; default: every log of the trusted root')
    .option('--rekor-log <url>', 'which log of the trusted root answers at --rekor-url')
    .option('--scan', 'read every new entry instead of asking the index; only for small logs')
    .option('--from <index>', 'where the first scan of a log begins; default: now')
    .option(
      '--interval <duration>',
      'go on for ever, this long between runs; default: one run. With --output-file, the file has the last run',
    )
    .option('-t, --timeout <duration>', 'deadline of each request, for example 30s')
    .action(async (images: readonly string[], flags: WatchFlags) => {
      const options = await watchOptionsOf(images, flags);
      await using verifier = createVerifier(await trackingOptionsOf(flags, warnOn({ stderr }), defaults));
      const intervalMs = flags.interval === undefined ? undefined : durationOf(flags.interval, '--interval');
      try {
        for (;;) {
          const run = await verifier.watch(options);
          await writeResult(flags.output === 'json' ? toJsonLine(run) : watchToText(run), flags, stdout);
          exit(run.exitCode);
          if (intervalMs === undefined) break;
          await new Promise((resolve) => setTimeout(resolve, intervalMs));
        }
      } finally {
        await Promise.all(options.sinks.map(async (sink) => sink.close?.()));
      }
    });
}

async function watchOptionsOf(images: readonly string[], flags: WatchFlags): Promise<WatchOptions> {
  if (flags.state === undefined)
    throw new UsageError('--state is required: a watcher without a memory can’t know what is new');
  if (statSync(flags.state, { throwIfNoEntry: false })?.isDirectory() === false)
    throw new UsageError(`--state ${flags.state} is not a directory`);
  if (flags.expectIssuer !== undefined && flags.expectIdentity === undefined)
    throw new UsageError('--expect-issuer needs --expect-identity');
  const read = async (flag: string, source: string): Promise<string> =>
    (await readKeySource(source, {}, () => undefined, undefined, flag)).pem;
  const keys = await Promise.all((flags.key ?? []).map(async (source) => read('--key', source)));
  const expectKeys = await Promise.all((flags.expectKey ?? []).map(async (source) => read('--expect-key', source)));
  const identities: readonly WatchedIdentity[] = [
    ...(flags.identity ?? []).map((subject) => ({ subject })),
    ...keys.map((publicKey) => ({ publicKey })),
  ];
  const issuer = flags.expectIssuer === undefined ? {} : { issuer: flags.expectIssuer };
  const expected: readonly ExpectedSigner[] = [
    ...(flags.expectIdentity ?? []).map((subject) => ({ subject, ...issuer })),
    ...expectKeys.map((publicKey) => ({ publicKey })),
  ];
  const { rekorUrl: url, rekorLog: log } = flags;
  return {
    ...placesOf(flags),
    images,
    identities,
    ...(expected.length === 0 ? {} : { expected }),
    ...(url === undefined ? {} : { logs: [{ url, ...(log === undefined ? {} : { log }) }] }),
    ...(flags.scan === undefined ? {} : { scan: flags.scan }),
    ...(flags.from === undefined ? {} : { from: indexOf(flags.from) }),
    store: createFileStore(flags.state),
    sinks: [
      ...(flags.events === undefined ? [] : [jsonlSink(flags.events)]),
      ...(flags.webhook ?? []).map((address) => webhookSink(address)),
    ],
  };
}

function indexOf(text: string): number {
  const index = Number(text);
  if (!/^(?:0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(index))
    throw new UsageError(`--from must be a global index, got ${JSON.stringify(text)}`);
  return index;
}
