import { existsSync, readFileSync } from 'node:fs';
import { counted } from '@sigtrail/encoding';
import type { Command } from 'commander';
import type { FindOptions, GateFilesOptions, GateFormat } from '@sigtrail/gate';
import { isOciError, parseReference } from 'oci-client-lite/names';
import { createVerifier, type Verifier, type VerifierOptions } from 'sigtrail';
import { safeText } from 'sigtrail/report';
import type { CommandContext, Surroundings } from '../command.ts';
import { withTraceFlag } from '../detail-flags.ts';
import type { ExitCode } from '../exit-code.ts';
import { type GatePackage, withGate } from '../gate-package.ts';
import { lintPolicyMap, type MapLintFlags } from '../lint-policy-map.ts';
import { optionGroup } from '../option-group.ts';
import { verifierOptionsOf } from '../options.ts';
import { type FileFlags, type OutputFlags, withFileFlag, withOutputFlags, writeResult } from '../output.ts';
import { type PlaceFlags, placesOf, withPlaceFlags } from '../places.ts';
import { platformsOf } from '../platforms-of.ts';
import { readStandardInput } from '../read-input.ts';
import { type RegistryFlags, withRegistryFlags } from '../registry-flags.ts';
import { type TrustFlags, withTrustFlags } from '../trust-flags.ts';
import { UsageError } from '../usage-error.ts';
import { warnOn } from '../warnings.ts';
import { addToJobSummary } from '../job-summary.ts';

interface ReachFlags extends TrustFlags, PlaceFlags, RegistryFlags {
  readonly timeout?: string;
}

interface FindFlags {
  readonly kind?: string;
  readonly env?: readonly string[];
  readonly envFile?: string;
  readonly withholdEnvironment?: boolean;
  readonly buildArg?: readonly string[];
}

interface GateFlags extends ReachFlags, FindFlags, OutputFlags {
  readonly policyMap: string;
  readonly platform?: string;
  readonly pin?: boolean;
  readonly check?: boolean;
  readonly lock?: string;
  readonly updateLock?: boolean;
  readonly composeOverride?: string;
}

const FORMATS = ['text', 'json', 'sarif', 'junit', 'markdown', 'html'] as const;

/** `sigtrail gate <files>`: may the images that these files name run? */
export function addGate({ command, exit, ...streams }: CommandContext): void {
  const gate = withOutputFlags(withFindFlags(withReachFlags(command('gate'))), FORMATS)
    .description('may the images that files name run? Finds them, verifies each by a policy map, pins them')
    .argument(
      '<files...>',
      'Kubernetes, Compose, Dockerfile, workflow, devcontainer.json; folders; - for standard input',
    )
    .option('--policy-map <file>', 'which policy each image must meet', 'sigtrail.yaml')
    .option('--platform <list>', 'each, or linux/amd64,…: the policy must hold for these manifests of an index')
    .option('--pin', 'write the digests that were verified into the files')
    .option(
      '--check',
      'write nothing, and fail where --pin, --lock or --compose-override would; alone: where --pin would',
    )
    .option('--lock <file>', 'remember digest, signer and log entry, and refuse another signer or lost provenance')
    .option('--update-lock', 'take what is verified now into the lock, whatever it says')
    .option('--compose-override <file>', 'write a Compose file that overrides the images with their digests')
    // What stands behind init and lint belongs to them.
    .enablePositionalOptions()
    .helpCommand(false)
    .action(async (files: readonly string[], flags: GateFlags) =>
      exit(await withGate(async (gate) => run(gate, files, flags, streams))),
    );
  addInit(gate, { command, exit, ...streams });
  addLint(gate, { command, exit, ...streams });
}

function withReachFlags(command: Command): Command {
  return withTraceFlag(withRegistryFlags(withPlaceFlags(withTrustFlags(command)))).option(
    '-t, --timeout <duration>',
    'deadline for each image, for example 30s',
  );
}

function withFindFlags(command: Command): Command {
  const collect = (value: string, all: readonly string[] | undefined): readonly string[] => [...(all ?? []), value];
  return optionGroup(command, 'Reading files', (grouped) =>
    grouped
      .option(
        '--kind <kind>',
        'what the files are, where their names and contents don’t tell: kubernetes, compose, dockerfile, workflow or devcontainer',
      )
      .option('--env <NAME=value>', 'a variable that Compose files fill in, over the environment; repeatable', collect)
      .option(
        '--withhold-environment',
        'take no variable from the environment: a file that fills one in fails, unless --env gives it',
      )
      .option('--env-file <file>', 'variables of Compose files, under the environment; default .env beside each')
      .option('--build-arg <NAME=value>', 'an argument of Dockerfiles; repeatable', collect),
  );
}

async function run(
  gate: GatePackage,
  files: readonly string[],
  flags: GateFlags,
  { stdout, stderr, defaults }: Surroundings,
): Promise<ExitCode> {
  refuseImages(files);
  if (flags.updateLock === true && flags.lock === undefined) throw new UsageError('--update-lock belongs to --lock');
  if (flags.check === true && flags.updateLock === true)
    throw new UsageError('--check writes nothing, and --update-lock writes the lock: use one of them');
  const { pin, check, updateLock, lock, composeOverride, platform } = flags;
  const options: GateFilesOptions = {
    policyMap: flags.policyMap,
    find: findOptionsOf(gate, flags),
    verifier: await verifierOf(flags, { stdout, stderr, defaults }),
    call: { ...placesOf(flags), ...(platform === undefined ? {} : { platforms: platformsOf(platform) }) },
    ...(pin === undefined ? {} : { pin }),
    ...(check === undefined ? {} : { check }),
    ...(lock === undefined ? {} : { lock }),
    ...(updateLock === undefined ? {} : { updateLock }),
    ...(composeOverride === undefined ? {} : { composeOverride }),
    ...(await standardInputOf(files)),
  };
  refuseMissing(files);
  const done = await gate.gateFiles(files, options);
  const format = FORMATS.find((one) => one === flags.output) ?? 'text';
  if (format !== 'text') stderr(gate.renderGate(done, 'text'));
  await writeResult(gate.renderGate(done, format satisfies GateFormat), flags, stdout);
  await addToJobSummary(() => gate.renderGate(done, 'markdown'), { stderr });
  return gate.gateExitCode(done);
}

/** The name of an image where a file is meant: that is what `verify` and `inspect` are for. */
function refuseImages(files: readonly string[]): void {
  const image = files.find((file) => !existsSync(file) && isImageName(file));
  if (image === undefined) return;
  throw new UsageError(
    `there is no file ${image}; to verify an image by its name, run: sigtrail verify ${image} (sigtrail inspect ${image} shows who signed it)`,
  );
}

/** A path that was mistyped is wrong usage, and not a file that can't be read. */
function refuseMissing(files: readonly string[]): void {
  const missing = files.find((file) => file !== '-' && !existsSync(file));
  if (missing !== undefined) throw new UsageError(`there is no file or folder ${missing}`);
}

/** Whether a text says a registry, a tag or a digest, as a path hardly does. */
function isImageName(text: string): boolean {
  if (!/[:@]|^[\w-]+(?:\.[\w-]+)+\/|^localhost\//.test(text) || /\.(?:ya?ml|json)$/i.test(text)) return false;
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (isOciError(error)) return false;
    throw error;
  }
}

async function verifierOf(flags: ReachFlags, { stderr, defaults }: Surroundings): Promise<VerifierOptions> {
  return verifierOptionsOf(flags, warnOn({ stderr }), defaults);
}

const MAX_INPUT = 8 * 1024 * 1024;

async function standardInputOf(files: readonly string[]): Promise<Pick<GateFilesOptions, 'standardInput'>> {
  return files.includes('-') ? { standardInput: await readStandardInput(MAX_INPUT, 'rendered manifests') } : {};
}

function findOptionsOf(
  { FILE_KINDS, parseEnvironmentFile }: GatePackage,
  { kind, env = [], envFile, withholdEnvironment = false, buildArg = [] }: FindFlags,
): Omit<FindOptions, 'file' | 'readNeighbour'> {
  const known = FILE_KINDS.find((one) => one === kind);
  if (kind !== undefined && known === undefined)
    throw new UsageError(`--kind must be one of ${FILE_KINDS.join(', ')}, got ${JSON.stringify(kind)}`);
  const fromFile = envFile === undefined ? {} : parseEnvironmentFile(readText('--env-file', envFile), envFile);
  return {
    ...(known === undefined ? {} : { kind: known }),
    ...variablesOf(fromFile, withholdEnvironment, pairsOf('--env', env)),
    // Compose reads one or the other.
    dotEnv: envFile === undefined,
    buildArguments: pairsOf('--build-arg', buildArg),
  };
}

type Variables = Readonly<Record<string, string>>;

/** Compose takes a variable from its environment before one of a file, so a withheld one isn't taken from the file either. */
function variablesOf(
  fromFile: Variables,
  isWithheld: boolean,
  given: Variables,
): Pick<FindOptions, 'environment' | 'withheld'> {
  if (!isWithheld) return { environment: { ...fromFile, ...process.env, ...given } };
  const withheld = Object.keys(process.env);
  const left = Object.entries(fromFile).filter(([name]) => !withheld.includes(name));
  return { environment: { ...Object.fromEntries(left), ...given }, withheld };
}

function pairsOf(flag: string, texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new UsageError(`${flag} must be NAME=value, got ${JSON.stringify(text)}`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(
      `${flag} ${file} can't be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`,
    );
  }
}

interface InitFlags extends ReachFlags, FindFlags, FileFlags {}

function addInit(parent: Command, { exit, ...streams }: CommandContext): void {
  withFileFlag(withFindFlags(withReachFlags(parent.command('init'))))
    .description(
      'propose a policy map from what is signed today, for a person to review; it is never applied by itself',
    )
    .argument('<files...>', 'as for sigtrail gate')
    .action(async (files: readonly string[], flags: InitFlags) =>
      exit(await withGate(async (gate) => init(gate, files, flags, streams))),
    );
}

async function init(
  gate: GatePackage,
  files: readonly string[],
  flags: InitFlags,
  { stdout, stderr, defaults }: Surroundings,
): Promise<ExitCode> {
  refuseImages(files);
  refuseMissing(files);
  await using verifier: Verifier = createVerifier(await verifierOf(flags, { stdout, stderr, defaults }));
  const { standardInput } = await standardInputOf(files);
  const { references, problems } = await gate.namedImages(files, {
    find: findOptionsOf(gate, flags),
    ...(standardInput === undefined ? {} : { standardInput }),
  });
  for (const problem of problems) stderr(`${safeText(problem)}\n`);
  const text = await gate.proposeMap(references, async (reference) => verifier.inspect(reference, placesOf(flags)));
  if (flags.outputFile === undefined) stdout(text);
  else await gate.writeNewFile(flags.outputFile, text);
  const { length: rules } = gate.parsePolicyMap(text).rules;
  stderr(
    `${flags.outputFile === undefined ? '' : `written: ${safeText(flags.outputFile)}: `}${counted(rules, 'rule')} for ${counted(references.length, 'image')}; what has no rule is a comment there, with the reason\n`,
  );
  return problems.length === 0 && rules > 0 ? 0 : 14;
}

function addLint(parent: Command, { exit, ...streams }: CommandContext): void {
  withOutputFlags(parent.command('lint'), ['text', 'json', 'sarif'])
    .description('find where a policy map lets in more than it seems to, and what it refuses at run time')
    .argument('<file>', 'policy map')
    .option('--fail-on <level>', 'the lowest level of finding that gives exit code 12: error, warning or note', 'error')
    .action(async (file: string, flags: MapLintFlags) => exit(await lintPolicyMap(file, flags, streams)));
}
