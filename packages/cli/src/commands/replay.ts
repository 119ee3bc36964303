import { type ImagePolicy, isSigtrailError } from 'sigtrail';
import { type Replayed, replay, type ReplayNote, type ReplayOptions } from 'sigtrail/replay';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import { type ExitCode, exitCodeOf } from '../exit-code.ts';
import { policyOf } from '../options.ts';
import { policyFileOf } from '../policy-file.ts';
import { withDetailFlags } from '../detail-flags.ts';
import type { Streams } from '../streams.ts';
import { collect, trustedRootOf } from '../trust-flags.ts';
import { readDenyList } from '../trust-options.ts';
import { readBytes } from '../read-input.ts';
import { UsageError } from '../usage-error.ts';
import { type VerifyFlags, withSignerFlags } from '../verify-flags.ts';
import { withOutputFlags } from '../output.ts';
import { REPORT_FORMATS, writeReport } from '../write-report.ts';
import { warnOn } from '../warnings.ts';

type ReplayFlags = Omit<VerifyFlags, 'capsule'> & { readonly now?: string };

/** `sigtrail replay <capsule>`: the same evaluation again, from a file, without a network. */
export function addReplay({ command, exit, ...streams }: CommandContext): void {
  withOutputFlags(withDetailFlags(withSignerFlags(command('replay'))), REPORT_FORMATS)
    .description(
      'evaluate again what `verify --capsule` recorded; no network; exit 0 only for trust and a policy that you give and that are the file’s, 15 when they are only the file’s own word',
    )
    .argument('<capsule>', 'file that `verify --capsule` wrote')
    .option(
      '--trusted-root <[profile=]file>',
      'trusted_root.json to judge by, which the capsule must have; repeatable',
      collect,
    )
    .option('--trust-profile <name>', 'and what its authorities’ signatures come with: fulcio, github or pki')
    .option(
      '--policy <file>',
      'policy file, JSON or YAML, to judge by, which the capsule must have, instead of the flags that name a signer',
    )
    .option(
      '-a, --annotations <key=value>',
      'signed annotation that the capsule must ask for; repeatable',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--deny-list <file>', 'deny-list to judge by, which the capsule must have')
    .option('--now <time>', 'the clock to judge by, RFC 3339, instead of the capsule’s: would it be accepted then?')
    .action(async (file: string, flags: ReplayFlags) => exit(await replayFile(file, flags, streams)));
}

async function replayFile(file: string, flags: ReplayFlags, streams: Streams): Promise<ExitCode> {
  const { now, denyList } = flags;
  const warn = warnOn(streams);
  const policy = await policyIn(flags, warn);
  const trust = await trustedRootOf({
    ...(flags.trustedRoot === undefined ? {} : { trustedRoot: flags.trustedRoot }),
    ...(flags.trustProfile === undefined ? {} : { trustProfile: flags.trustProfile }),
  });
  const report = await replayOf(file, {
    ...(now === undefined ? {} : { now: timeOf(now) }),
    ...(trust === undefined ? {} : { trust }),
    ...(policy === undefined ? {} : { policy }),
    ...(denyList === undefined ? {} : { deny: await readDenyList(denyList) }),
  });
  await writeReport(report, flags, streams);
  const sentences = whyUnconfirmed(report.replay);
  for (const sentence of sentences) streams.stderr(`${safeText(sentence)}\n`);
  const code = exitCodeOf(report);
  return isOther(report.replay) || (code === 0 && sentences.length > 0) ? 15 : code;
}

/** The policy that the flags name as `verify` reads them; `undefined`: they name none. */
async function policyIn(flags: ReplayFlags, warn: (line: string) => void): Promise<ImagePolicy | undefined> {
  if (flags.policy !== undefined) return policyFileOf(flags, flags.policy, warn);
  const namesSigner = Object.keys(flags).some((name) => name === 'key' || name.startsWith('certificate'));
  return namesSigner ? policyOf(flags, warn) : undefined;
}

/** Whether what was given is not what the capsule was made with: the answer is by what was given, and confirms no record. */
function isOther({ trust, policy, deny }: ReplayNote): boolean {
  return [trust, policy, deny].includes('other-than-given');
}

/** What keeps a replay from being more than the word of its file. */
function whyUnconfirmed(note: ReplayNote): readonly string[] {
  const { agrees, because = '', trust, policy, deny } = note;
  const sentences: string[] = [];
  // What is given and differs comes first, and explains why the report is another.
  if (!agrees && !isOther(note))
    sentences.push(`this is not the report that the capsule says came out then: ${because}`);
  if (trust === 'of-the-capsule')
    sentences.push('the trusted root is the capsule’s own word: give --trusted-root to hold it against yours');
  if (trust === 'other-than-given')
    sentences.push('the trusted root in the capsule is not the one of --trusted-root: the answer is by yours');
  if (policy === 'of-the-capsule')
    sentences.push(
      'the policy is the capsule’s own word: give --policy, or the flags of verify that name a signer, to hold it against yours',
    );
  if (policy === 'other-than-given')
    sentences.push('the policy in the capsule is not the one that is given: the answer is by yours');
  if (policy === 'answers-of-the-capsule')
    sentences.push('the policy asks code, and what that answered is the capsule’s own word');
  if (policy === 'absence-of-the-capsule')
    sentences.push('the policy forbids something, and that it was not there is the capsule’s own word');
  if (policy === 'clock-of-the-capsule')
    sentences.push(
      'the policy asks how old a signature is, or for a certificate that is valid now, and the clock is the capsule’s own word: give --now',
    );
  if (deny === 'other-than-given')
    sentences.push('the deny-list in the capsule is not the one of --deny-list: the answer is by yours');
  return sentences;
}

async function replayOf(file: string, options: ReplayOptions): Promise<Replayed> {
  try {
    return await replay(await readBytes('<capsule>', file), options);
  } catch (error) {
    if (!isSigtrailError(error) || error.code !== 'invalid-capsule') throw error;
    throw new UsageError(`${file}: ${error.message} [${error.code}]`);
  }
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(time.getTime()))
    throw new UsageError(`--now expects an RFC 3339 time like 2026-11-27T12:00:00Z, got ${JSON.stringify(text)}`);
  return time;
}
