import { optionError, requireText } from '@sigtrail/encoding';
import * as z from 'zod';
import { invocationIdOf, knownObject, noLookAlikes, WRITTEN } from '../attestation/predicates/known-object.ts';
import { describeTexts, matchesAny, type Matcher, type TextMatcher } from './matcher.ts';
import { parseObject, parseTexts } from './parse-options.ts';

/** SLSA provenance v0.2 and v1 in the same shape. All of it is the builder's claim, signed by the signer of the attestation. */
export interface SlsaProvenance {
  readonly version: 'v0.2' | 'v1';
  readonly builderId: string;
  readonly buildType: string;
  /** Where the sources came from, without `git+`, ref or commit: `https://github.com/acme/app`. */
  readonly sourceUri?: string;
  /** For example `refs/tags/v1.4`. */
  readonly sourceRef?: string;
  /** The commit, or another digest of the sources, in hexadecimal. */
  readonly sourceDigest?: string;
  /** The build definition within the sources: a workflow file, a Makefile target. */
  readonly entryPoint?: string;
  readonly invocationId?: string;
  /** RFC 3339. */
  readonly startedOn?: string;
  readonly finishedOn?: string;
  readonly materials: readonly SlsaMaterial[];
}

/** Something that a build used. */
export interface SlsaMaterial {
  readonly uri?: string;
  readonly digest: Readonly<Record<string, string>>;
}

/** What SLSA provenance must say. Texts are exact unless they are patterns. */
export interface Slsa {
  readonly builderId: Matcher;
  readonly buildType?: Matcher;
  readonly sourceUri?: Matcher;
  readonly sourceRef?: Matcher;
  readonly sourceDigest?: Matcher;
  readonly entryPoint?: Matcher;
  /** Each of these must be the URI of a material. */
  readonly materials?: readonly TextMatcher[];
}

/**
 * A predicate for SLSA provenance v0.2 and v1 alike. The builder must be named: provenance is only as good as its author.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example attested('slsaprovenance1', rule, slsa({ builderId: 'https://github.com/actions/runner/github-hosted', sourceUri: 'https://github.com/acme/app' }))
 */
export function slsa(wanted: Slsa): { readonly slsa: Slsa } {
  parseSlsa(wanted, 'slsa');
  return { slsa: wanted };
}

const Digest = z.lazy(() => z.record(z.string(), z.string()));
const Material = z.lazy(() => knownObject({ uri: z.string().nullish(), digest: Digest.nullish() }));
const text = z.lazy(() => z.string().nullish());

const V02 = z.lazy(() =>
  knownObject({
    builder: knownObject({ id: z.string().min(1) }),
    buildType: z.string().min(1),
    invocation: knownObject({
      configSource: knownObject({ uri: text, digest: Digest.nullish(), entryPoint: text }).nullish(),
    }).nullish(),
    metadata: knownObject({ buildInvocationId: text, buildStartedOn: text, buildFinishedOn: text }, WRITTEN).nullish(),
    materials: z.array(Material).max(100_000).nullish(),
  }),
);

// The parameters that `sourceOfV1` reads. Each build type has its own.
const PARAMETERS = ['workflow', 'source', 'repository', 'ref', 'configPath'];
const WITHIN: Readonly<Record<string, readonly string[]>> = {
  workflow: ['repository', 'ref', 'path'],
  source: ['uri', 'digest'],
};

const checkWithin: ReturnType<typeof noLookAlikes> = (payload) => {
  for (const [name, names] of Object.entries(WITHIN))
    noLookAlikes(names)({ value: record(payload.value[name]), issues: payload.issues });
};

const V1 = z.lazy(() =>
  knownObject({
    buildDefinition: knownObject({
      buildType: z.string().min(1),
      externalParameters: z.record(z.string(), z.unknown()).check(noLookAlikes(PARAMETERS), checkWithin),
      resolvedDependencies: z.array(Material).max(100_000).nullish(),
    }),
    runDetails: knownObject({
      builder: knownObject({ id: z.string().min(1) }),
      metadata: knownObject({ invocationId: text, startedOn: text, finishedOn: text }, WRITTEN).nullish(),
    }),
  }),
);

/**
 * Reads SLSA provenance v0.2 or v1 into the same shape, or says what is wrong with it. The predicate type decides the version, never the shape.
 */
export function readSlsaProvenance(
  predicateType: string,
  predicate: unknown,
): SlsaProvenance | { readonly malformed: string } {
  requireText(predicateType, 'readSlsaProvenance', 'predicateType');
  switch (predicateType) {
    case 'https://slsa.dev/provenance/v0.2': {
      const parsed = V02.safeParse(predicate);
      return parsed.success ? readV02(parsed.data) : malformed(parsed.error);
    }
    case 'https://slsa.dev/provenance/v1': {
      const parsed = V1.safeParse(predicate);
      return parsed.success ? readV1(parsed.data) : malformed(parsed.error);
    }
    default:
      return { malformed: `${predicateType} is neither SLSA provenance v0.2 nor v1` };
  }
}

/** `true`, or where the provenance differs. */
export function matchSlsa(wanted: ParsedSlsa, provenance: SlsaProvenance): true | { readonly denied: string } {
  for (const [name, texts] of wanted.texts) {
    const actual = provenance[name];
    if (actual === undefined || !matchesAny(texts, actual))
      return { denied: `${name} is ${actual ?? 'not there'}, expected ${describeTexts(texts)}` };
  }
  const missing = wanted.materials.find(
    (text) => !provenance.materials.some(({ uri }) => uri !== undefined && matchesAny([text], uri)),
  );
  return missing === undefined ? true : { denied: `no material ${describeTexts([missing])}` };
}

/** The fields of `Slsa` that hold a text. */
export const SLSA_TEXTS = ['builderId', 'buildType', 'sourceUri', 'sourceRef', 'sourceDigest', 'entryPoint'] as const;

/** What provenance must say, checked once at the edge. */
export interface ParsedSlsa {
  readonly texts: readonly (readonly [(typeof SLSA_TEXTS)[number], readonly TextMatcher[]])[];
  readonly materials: readonly TextMatcher[];
}

/** Parses a `Slsa`. @throws TypeError `unknown-option`, `invalid-option` */
export function parseSlsa(value: unknown, path: string): ParsedSlsa {
  const wanted = parseObject(value, [...SLSA_TEXTS, 'materials'], path);
  if (wanted['builderId'] === undefined)
    throw optionError('invalid-option', `"${path}.builderId" is required: provenance is only as good as its builder`);
  return {
    texts: SLSA_TEXTS.filter((name) => wanted[name] !== undefined).map(
      (name) => [name, parseTexts(wanted[name], `${path}.${name}`)] as const,
    ),
    materials: wanted['materials'] === undefined ? [] : parseTexts(wanted['materials'], `${path}.materials`),
  };
}

function readV02(data: z.infer<typeof V02>): SlsaProvenance {
  const source = data.invocation?.configSource;
  return compact({
    version: 'v0.2',
    builderId: data.builder.id,
    buildType: data.buildType,
    ...readSource(source?.uri, source?.digest),
    entryPoint: source?.entryPoint,
    invocationId: invocationIdOf(data.metadata),
    startedOn: data.metadata?.buildStartedOn,
    finishedOn: data.metadata?.buildFinishedOn,
    materials: materialsOf(data.materials),
  });
}

function readV1({ buildDefinition, runDetails }: z.infer<typeof V1>): SlsaProvenance {
  const { externalParameters: parameters, resolvedDependencies } = buildDefinition;
  const materials = materialsOf(resolvedDependencies);
  return compact({
    version: 'v1',
    builderId: runDetails.builder.id,
    buildType: buildDefinition.buildType,
    ...sourceOfV1(parameters, materials),
    invocationId: invocationIdOf(runDetails.metadata),
    startedOn: runDetails.metadata?.startedOn,
    finishedOn: runDetails.metadata?.finishedOn,
    materials,
  });
}

/**
 * v1 leaves the names of parameters to the build type. Known: GitHub's `workflow { repository, ref, path }`, the container-based build type's
 * `source { uri, digest }` + `configPath`, and plain `source` / `repository` + `ref`. The commit comes from the dependency with the same repository.
 */
function sourceOfV1(parameters: Readonly<Record<string, unknown>>, materials: readonly SlsaMaterial[]): SourceParts {
  const workflow = record(parameters['workflow']);
  const source = record(parameters['source']);
  const uri =
    string(workflow['repository']) ??
    string(source['uri']) ??
    string(parameters['source']) ??
    string(parameters['repository']);
  const own = readSource(uri, digestOf(source['digest']));
  const dependency = materials
    .map((material) => readSource(material.uri, material.digest))
    .find(({ sourceUri }) => sourceUri !== undefined && sourceUri === own.sourceUri);
  return {
    sourceUri: own.sourceUri,
    sourceRef: string(workflow['ref']) ?? string(parameters['ref']) ?? own.sourceRef ?? dependency?.sourceRef,
    sourceDigest: own.sourceDigest ?? dependency?.sourceDigest,
    entryPoint: string(workflow['path']) ?? string(parameters['configPath']),
  };
}

interface SourceParts {
  readonly sourceUri: string | undefined;
  readonly sourceRef: string | undefined;
  readonly sourceDigest: string | undefined;
  readonly entryPoint?: string | undefined;
}

/** `git+https://host/owner/name@refs/tags/v1` → the repository and its ref. */
function readSource(
  uri: string | null | undefined,
  digest: Readonly<Record<string, string>> | null | undefined,
): SourceParts {
  const bare = uri?.replace(/^git\+/, '');
  // After the last slash of the path an `@` starts the ref, unless it belongs to `user@host`.
  const parts = bare === undefined ? undefined : /^([a-z]+:\/\/[^/]+\/[^@]*?|[^@]*?)(?:\.git)?(?:@(.+))?$/.exec(bare);
  const sourceDigest = digest?.['gitCommit'] ?? digest?.['sha1'] ?? digest?.['sha256'];
  return { sourceUri: parts?.[1] ?? bare, sourceRef: parts?.[2], sourceDigest };
}

function materialsOf(
  list:
    | readonly {
        readonly uri?: string | null | undefined;
        readonly digest?: Record<string, string> | null | undefined;
      }[]
    | null
    | undefined,
): readonly SlsaMaterial[] {
  return (list ?? []).map(({ uri, digest }) => ({
    ...(typeof uri === 'string' ? { uri } : {}),
    digest: digest ?? {},
  }));
}

/** Missing is missing, never `null` or `''`. */
function compact(
  provenance: { readonly [Name in keyof SlsaProvenance]: SlsaProvenance[Name] | null | undefined },
): SlsaProvenance {
  // The required fields are strings by the schemas above; only optional ones can be dropped.
  return Object.fromEntries(
    Object.entries(provenance).filter(([, value]) => value !== undefined && value !== null && value !== ''),
  ) as unknown as SlsaProvenance;
}

function malformed(error: z.ZodError): { readonly malformed: string } {
  const [issue] = error.issues;
  return { malformed: `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim() };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function digestOf(value: unknown): Readonly<Record<string, string>> | undefined {
  const parsed = Digest.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}
