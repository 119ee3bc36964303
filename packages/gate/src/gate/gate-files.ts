import { dirname, resolve } from 'node:path';
import { checkOptions, expecting, type OptionTable, requireList, requireObject, requireText } from '@sigtrail/encoding';
import { createVerifier, type ImageCallOptions, type Verifier, type VerifierOptions } from 'sigtrail';
import { GateError } from '../error.ts';
import { type GateFile, readGateFiles, unreadableFile } from '../files/gate-file.ts';
import { readBounded } from '../files/read-bounded.ts';
import { neighboursBelow } from '../files/read-neighbour.ts';
import { refuseLinksOut } from '../files/refuse-links-out.ts';
import type { FindOptions } from '../find/find-context.ts';
import { formatLock, type GateLock, parseLock } from '../lock/lock-file.ts';
import { composeOverride, isComposeOverride } from '../pin/compose-override.ts';
import type { NotPinned, PinRequest } from '../pin/pin-text.ts';
import { replaceFiles } from '../pin/replace-files.ts';
import { parsePolicyMap } from '../policy-map/parse-policy-map.ts';
import type { PolicyMap } from '../policy-map/policy-map.ts';
import { decodeText } from '../text/decode-text.ts';
import { applyLock } from './apply-lock.ts';
import type { GateReport } from './gate-report.ts';
import { planPins } from './pin-files.ts';
import { runGate } from './run-gate.ts';
import { writeNewFile } from '../files/write-new-file.ts';

/** How files are gated. */
export interface GateFilesOptions {
  /** The file of the policy map. */
  readonly policyMap: string;
  /** What is read for `-`. */
  readonly standardInput?: Uint8Array;
  readonly find?: Omit<FindOptions, 'file' | 'readNeighbour'>;
  /** Write the digests that were verified into the files. */
  readonly pin?: boolean;
  /** Write nothing: say what `pin`, `lock` and `composeOverride` would change, and fail where they would. Alone it is a check of pins. */
  readonly check?: boolean;
  /** The file of the lock; made where it does not exist. */
  readonly lock?: string;
  /** Take what is verified now into the lock, whatever it says. */
  readonly updateLock?: boolean;
  /** Write a Compose file here that overrides the images with their digests. */
  readonly composeOverride?: string;
  /** Manifests lead to no file outside this folder, and links to none that is written. Default: the current one. */
  readonly root?: string;
  readonly verifier?: VerifierOptions;
  readonly call?: Omit<ImageCallOptions, 'signal'>;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What each option must be. */
export const GATE_OPTIONS: OptionTable<GateFilesOptions> = {
  policyMap: expecting('the path of a file', isText),
  standardInput: expecting('bytes', (value) => value instanceof Uint8Array),
  find: expecting('an object', isObject),
  pin: expecting('a boolean', isBoolean),
  check: expecting('a boolean', isBoolean),
  lock: expecting('the path of a file', isText),
  updateLock: expecting('a boolean', isBoolean),
  composeOverride: expecting('the path of a file', isText),
  root: expecting('the path of a folder', isText),
  verifier: expecting('the options of a verifier', isObject),
  call: expecting('the options of a call', isObject),
};

/** What gating files came to. */
export interface GateRun {
  readonly report: GateReport;
  /** Places that were pinned, or would be with `check`. */
  readonly pinned: readonly PinRequest[];
  /** Places that can't carry a pin, with the reason. */
  readonly notPinned: readonly NotPinned[];
  /** Files that were written. */
  readonly written: readonly string[];
  /** Files that `check` found to differ from what would be written. */
  readonly outdated: readonly string[];
  /** Folders that were left out. */
  readonly ignored: number;
}

/**
 * Gates files: finds their images, verifies each by the policy map, and pins, locks and overrides as the options say. Nothing is written unless every
 * file that could be pinned was read.
 *
 * @throws GateError for a policy map, a lock or an environment file that can't be read, and for files that could not be written
 */
export async function gateFiles(paths: readonly string[], options: GateFilesOptions): Promise<GateRun> {
  requireList(paths, 'gateFiles', 'paths');
  requireObject(options, 'gateFiles', 'options', ['policyMap']);
  checkOptions(options, GATE_OPTIONS, 'gateFiles');
  const now = options.verifier?.now?.() ?? new Date();
  const map = readPolicyMapFile(options.policyMap);
  const { files, unreadable, ignored } = await readAll(paths, options.standardInput, options.root);
  const find = findOptions(options);
  await using verifier = createVerifier(options.verifier);
  const { platforms, ...call } = options.call ?? {};
  const first = await runGate(files, {
    map,
    now,
    find,
    unreadable,
    ask: (references, policyFor) =>
      platforms === undefined
        ? verifier.verifyMany(references, ({ text }) => policyFor(text), call)
        : verifier.verifyMany(references, ({ text }) => policyFor(text), { ...call, platforms }),
  });
  if (first.files.length === 0 && first.problems.length === 0)
    throw new GateError(
      'unknown-kind',
      `${paths.join(', ')}: no file here names an image; a file whose name suggests none is read if you name it`,
    );
  const before = options.lock === undefined ? undefined : readLock(options.lock);
  const locked = before === undefined ? undefined : await applyLock(first, before.lock, lockOptions(verifier, options));
  const report = locked?.report ?? first;
  const plan = planPins(files, report.entries, find);
  const wanted: Wanted[] = [];
  if (isPinning(options)) wanted.push(...plan.replacements.filter(({ file }) => file !== '-'));
  if (options.lock !== undefined && locked !== undefined && isWorthWriting(before, locked.lock))
    wanted.push(lockAt(options.lock, before, locked.lock));
  if (options.composeOverride !== undefined)
    wanted.push(overrideAt(options.composeOverride, composeOverride(plan.requests)));
  const changed = wanted.filter((one) => one.before?.replaceAll('\r\n', '\n') !== one.after.replaceAll('\r\n', '\n'));
  if (options.check !== true) await writeAll(changed, options.root);
  const names = changed.map(({ file }) => file);
  return {
    report,
    pinned: isPinning(options) ? plan.pinned : [],
    notPinned: isPinning(options) ? plan.refused : [],
    written: options.check === true ? [] : names,
    outdated: options.check === true ? names : [],
    ignored,
  };
}

/** How files are read: what they name is read from the disk, below one folder. */
export function findOptions({
  find = {},
  root = '.',
}: Pick<GateFilesOptions, 'find' | 'root'>): Omit<FindOptions, 'file'> {
  return { ...find, readNeighbour: neighboursBelow(root) };
}

/** A check is one of pins, unless it is one of something else. */
function isPinning({ pin, check, lock, composeOverride: override }: GateFilesOptions): boolean {
  return pin === true || (check === true && lock === undefined && override === undefined);
}

function isWorthWriting(before: ReadLock | undefined, { images }: GateLock): boolean {
  return before?.text !== undefined || Object.keys(images).length > 0;
}

/** A lock that says the same stays as it is written, and one without images is not begun. */
function lockAt(file: string, before: ReadLock | undefined, lock: GateLock): Wanted {
  const after = formatLock(lock);
  const isSame = before?.text !== undefined && formatLock(before.lock) === after;
  return { file, before: before?.text, after: isSame ? before.text : after };
}

/** A file of somebody's own is not replaced. @throws GateError `file-exists` */
function overrideAt(file: string, after: string): Wanted {
  const before = textOf(file);
  if (before !== undefined && !isComposeOverride(before))
    throw new GateError('file-exists', 'is there already, and was not written by sigtrail gate', { file });
  return { file, before, after };
}

interface Wanted {
  readonly file: string;
  /** `undefined` where there is no such file yet. */
  readonly before: string | undefined;
  readonly after: string;
}

/** Reads a policy map from its file; policies and keys that it names are beside it. @throws GateError */
export function readPolicyMapFile(file: string): PolicyMap {
  requireText(file, 'readPolicyMapFile', 'file');
  const read = (path: string): string => {
    try {
      return decodeText(readBounded(path), path);
    } catch (error) {
      if (error instanceof GateError) throw error;
      throw unreadableFile(path, error);
    }
  };
  return parsePolicyMap(read(file), {
    file,
    readPolicyFile: (path) => {
      const place = resolve(dirname(file), path);
      return { file: path, text: read(place) };
    },
    readKeyFile: (path, from) => read(resolve(dirname(file), dirname(from === file ? '.' : from), path)),
  });
}

/** The given files, and standard input. */
export async function readAll(
  paths: readonly string[],
  standardInput: Uint8Array | undefined,
  root?: string,
): ReturnType<typeof readGateFiles> {
  const read = await readGateFiles(
    paths.filter((path) => path !== '-'),
    root,
  );
  if (standardInput === undefined) return read;
  const piped: GateFile = { file: '-', text: decodeText(standardInput, '-'), isNamed: true };
  return { ...read, files: [piped, ...read.files] };
}

function lockOptions(verifier: Verifier, { check, updateLock }: GateFilesOptions): Parameters<typeof applyLock>[2] {
  return {
    isFixed: check === true,
    isUpdated: updateLock === true,
    inspect: async (reference) => verifier.inspect(reference),
  };
}

interface ReadLock {
  readonly lock: GateLock;
  /** Missing where there is no file yet. */
  readonly text?: string;
}

function readLock(file: string): ReadLock {
  const text = textOf(file);
  return text === undefined ? { lock: { version: 1, images: {} } } : { lock: parseLock(text, file), text };
}

function textOf(file: string): string | undefined {
  try {
    return decodeText(readBounded(file), file);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof GateError) throw error;
    throw unreadableFile(file, error);
  }
}

async function writeAll(changed: readonly Wanted[], root = '.'): Promise<void> {
  for (const { file, before } of changed) await refuseLinksOut(file, root, before !== undefined);
  await replaceFiles(
    changed.flatMap(({ file, before, after }) => (before === undefined ? [] : [{ file, before, after }])),
  );
  for (const { file, before, after } of changed) if (before === undefined) await writeNewFile(file, after);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
