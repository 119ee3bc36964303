import { counted } from '@sigtrail/encoding';
import { createHash } from 'node:crypto';
import { digestBytes, keyBytes, type RekorEntry, searchBody, type SearchQuery, whyUnread } from '@sigtrail/rekor';
import type { Command } from 'commander';
import { describeEntry, entryToLine, type EntryView, safeText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import { toJsonLine } from '../../json-line.ts';
import { writeResult } from '../../output.ts';
import { readBytes, readInput } from '../../read-input.ts';
import { UsageError } from '../../usage-error.ts';
import { type LogFlags, openLog, trustOf, withLogOptions } from './log-options.ts';
import { withTraceFlag } from '../../detail-flags.ts';

interface SearchFlags extends LogFlags {
  readonly sha?: string;
  readonly artifact?: string;
  readonly email?: string;
  readonly subject?: string;
  readonly publicKey?: string;
  readonly operator?: string;
  readonly uuids?: boolean;
  readonly limit: string;
}

/** `sigtrail rekor search`: entries that the index leads to, fetched and proven. */
export function addSearch(parent: Command, { exit, stdout, stderr, defaults }: CommandContext): void {
  withTraceFlag(withLogOptions(defaults, parent.command('search'), ['text', 'json', 'jsonl']))
    .description('search the index by digest, e-mail, subject or key; what it leads to is fetched and proven')
    .option('--sha <digest>', 'digest of an artifact, a payload or an image: [sha256:]<hex>')
    .option('--artifact <file>', 'a file, by its digest')
    .option('--email <address>', 'subject alternative name that is an e-mail address')
    .option('--subject <name>', 'whole subject alternative name of any type')
    .option('--public-key <file>', 'PEM of a key or certificate')
    .option('--operator <and|or>', 'how several are combined', 'or')
    .option('--uuids', 'only the UUIDs, unproven')
    .option('--limit <count>', 'how many entries to fetch', '100')
    .action(async (flags: SearchFlags) => {
      const query = await queryOf(flags);
      const limit = Number(flags.limit);
      if (!Number.isSafeInteger(limit) || limit <= 0) throw new UsageError('--limit must be a positive number');
      const trust = await trustOf(flags, defaults);
      await using rekor = openLog(flags, trust);
      const { uuids, remarks } = await rekor.search(query);
      for (const remark of remarks) stderr(`${safeText(remark)}\n`);
      if (flags.uuids === true) {
        await writeResult(uuidsIn(uuids, flags.output), flags, stdout);
        return exit(0);
      }
      const asked = uuids.slice(0, limit);
      const { entries, missing, refused } =
        asked.length === 0
          ? { entries: [], missing: [], refused: [] }
          : await rekor.entries(asked.map((uuid) => ({ uuid })));
      const views = await Promise.all(
        entries.toSorted(byIndex).map(async (entry) => describeEntry(entry, { trust: trust.root, now: new Date() })),
      );
      const unread: UnreadEntry[] = [];
      for (const entry of entries.toSorted(byIndex)) unread.push(...(await unreadOf(entry, query)));
      const answer = {
        found: uuids.length,
        entries: views,
        missing,
        unread,
        refused: refused.map(({ error }) => ({ code: error.code, message: error.message })),
        complete: false,
      };
      await writeResult(formatted(answer, flags.output), flags, stdout);
      stderr(
        `${uuids.length} found${uuids.length > asked.length ? `, ${asked.length} shown` : ''}; the index is not part of the log and may be incomplete\n`,
      );
      for (const { error } of refused) stderr(`refused: ${safeText(error.message)} [${error.code}]\n`);
      if (missing.length > 0)
        stderr(
          `${counted(missing.length, 'entry', 'entries')} of the index ${missing.length === 1 ? 'is' : 'are'} not served by the log\n`,
        );
      for (const { logIndex, why, contains } of unread) {
        const found = contains.length === 0 ? 'nothing that was searched for is' : `${contains.join(', ')} is`;
        stderr(`entry ${logIndex} can’t be read: ${safeText(why)}; ${safeText(found)} in its bytes\n`);
      }
      exit(refused.length > 0 ? 30 : missing.length + unread.length > 0 ? 14 : 0);
    });
}

function uuidsIn(uuids: readonly string[], output: string): string {
  if (output === 'json') return toJsonLine({ uuids, complete: false });
  return uuids.map((uuid) => (output === 'jsonl' ? toJsonLine({ uuid }) : `${uuid}\n`)).join('');
}

/** Everything as one document, or a line for each entry. */
function formatted(answer: { readonly entries: readonly EntryView[] }, output: string): string {
  if (output === 'json') return toJsonLine(answer);
  return answer.entries.map((view) => (output === 'jsonl' ? toJsonLine(view) : `${entryToLine(view)}\n`)).join('');
}

interface UnreadEntry {
  readonly logIndex: number;
  readonly why: string;
  /** The search terms that its bytes contain. */
  readonly contains: readonly string[];
}

/** An unreadable entry doesn't say who signed it: its bytes are searched for the search terms. */
async function unreadOf({ body, contents, logIndex }: RekorEntry, query: SearchQuery): Promise<readonly UnreadEntry[]> {
  const why = whyUnread(contents);
  if (why === undefined) return [];
  const { hash, email, subject, publicKey } = query;
  const key = publicKey === undefined ? undefined : keyBytes(Buffer.from(publicKey.content).toString('latin1'));
  const needles = [
    ...(hash === undefined ? [] : [{ name: hash, bytes: [digestBytes(hash)] }]),
    ...[email, subject].flatMap((name) => (name === undefined ? [] : [{ name, bytes: [Buffer.from(name)] }])),
    ...(key === undefined ? [] : [{ name: 'the public key', bytes: [key] }]),
  ];
  return [{ logIndex, why, contains: (await searchBody(body, needles)).names }];
}

function byIndex(a: RekorEntry, b: RekorEntry): number {
  return a.logIndex - b.logIndex;
}

async function queryOf(flags: SearchFlags): Promise<SearchQuery> {
  const { sha, artifact, email, subject, publicKey, operator = 'or' } = flags;
  if (sha !== undefined && artifact !== undefined) throw new UsageError('--sha and --artifact exclude each other');
  if (operator !== 'and' && operator !== 'or') throw new UsageError('--operator must be and, or or');
  if (sha !== undefined && !/^(?:sha(?:1|256|512):)?(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(sha))
    throw new UsageError('--sha expects hexadecimal digits, with or without sha256: in front');
  const hash = artifact === undefined ? sha : await digestOf(artifact);
  const key = publicKey === undefined ? undefined : await readInput('--public-key', publicKey);
  if (key !== undefined && !/-----BEGIN (?:CERTIFICATE|(?:RSA )?PUBLIC KEY)-----/.test(key))
    throw new UsageError(`--public-key ${publicKey} is not PEM; expected a block "PUBLIC KEY" or "CERTIFICATE"`);
  const query = {
    ...(hash === undefined ? {} : { hash: hash.toLowerCase() }),
    ...(email === undefined ? {} : { email }),
    ...(subject === undefined ? {} : { subject }),
    ...(key === undefined ? {} : { publicKey: { format: 'x509', content: Buffer.from(key) } as const }),
  };
  if (Object.keys(query).length === 0)
    throw new UsageError('name what to search for: --sha, --artifact, --email, --subject or --public-key');
  return { ...query, operator };
}

async function digestOf(file: string): Promise<string> {
  const bytes = await readBytes('--artifact', file);
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
