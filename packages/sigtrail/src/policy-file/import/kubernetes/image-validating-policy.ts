import type { ImagePolicy, RequiredEvidence, SignerRule } from '../../../policy/policy.ts';
import type { ImportedPolicy, NotExpressed, Note } from '../imported-policy.ts';
import { type CelCheck, readCelChecks } from './cel-checks.ts';
import { describe, type Fields, fieldsOf, flagOf, listOf, noteUnknown, textOf } from './fields.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { importIdentities, importKeyText, noteHash } from './signer-parts.ts';
import { toPolicy } from './to-policy.ts';

/** A Kyverno attestor in our terms. */
interface Attestor {
  readonly rules: readonly SignerRule[];
  readonly require: RequiredEvidence;
}

/** Fields that don't decide who must have signed, each with the reason. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  matchConstraints: 'which Kubernetes objects it is for',
  matchConditions: 'which requests it is for',
  images: 'where the images stand in an object',
  credentials: 'registry credentials: give them as option registry',
  auditAnnotations: 'what Kyverno writes into the audit log',
  webhookConfiguration: 'how Kyverno is called',
  evaluation: 'when Kyverno evaluates it',
  autogen: 'for which controllers Kyverno copies it',
  failurePolicy: 'what a failure means: here it is indeterminate, and never verified',
  variables: 'CEL variables: a validation that uses one is named by itself',
  validationConfigurations:
    'whether tags are replaced, and a digest required: deploy the reference that verifyImage returns',
};

/**
 * Imports a Kyverno `ImageValidatingPolicy` (or `NamespacedImageValidatingPolicy`). All validations must hold, so if one can't be expressed
 * there is no policy; attestors that can't be expressed are left out and named.
 */
export function importImageValidatingPolicy({ name, spec }: KubernetesObject): ImportedPolicy {
  const notExpressed: NotExpressed[] = [];
  const note: Note = (what, why, effect = 'elsewhere') => void notExpressed.push({ what, why, effect });
  const { attestors, attestations, validations, matchImageReferences, validationActions, ...others } = spec;
  const unknown: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(others)) {
    const why = Object.hasOwn(ELSEWHERE, field) ? ELSEWHERE[field] : undefined;
    if (why === undefined) unknown[field] = value;
    else note(`spec.${field}`, why);
  }
  const isUnknown = noteUnknown(unknown, 'spec', note);
  const actions = listOf(validationActions, 'spec.validationActions');
  if (validationActions !== undefined && !actions.includes('Deny'))
    note(
      'spec.validationActions',
      `whether a refusal only warns is up to the reader of the verdict (found ${JSON.stringify(actions)})`,
    );
  const imported = {
    ...(name === undefined ? {} : { name }),
    references: listOf(matchImageReferences, 'spec.matchImageReferences').flatMap((one, index) =>
      referenceOf(one, `spec.matchImageReferences[${index}]`, note),
    ),
    notExpressed,
  };
  const named = eachOnce<Attestor>(
    listOf(attestors, 'spec.attestors').map((one, index) => importAttestor(one, `spec.attestors[${index}]`, note)),
    'spec.attestors',
    note,
  );
  const types = eachOnce<string>(
    listOf(attestations, 'spec.attestations').map((one, index) =>
      importAttestation(one, `spec.attestations[${index}]`, note),
    ),
    'spec.attestations',
    note,
  );
  const list = listOf(validations, 'spec.validations');
  if (list.length === 0) note('spec.validations', `asks nothing (found ${describe(validations)})`, 'stricter');
  const parts = list.map((one, index) => importValidation(one, `spec.validations[${index}]`, named, types, note));
  const expressed = parts.filter((part) => part !== undefined);
  if (isUnknown || expressed.length < parts.length) return imported;
  return { ...imported, ...toPolicy('allOf', expressed) };
}

/** Collects members by name. If two have the same name, it depends on the reader which of them a validation means, so here it means neither. */
function eachOnce<T>(
  entries: readonly (readonly [string, T | undefined])[],
  path: string,
  note: Note,
): ReadonlyMap<string, T | undefined> {
  const found = new Map<string, T | undefined>();
  for (const [name, value] of entries) {
    if (found.has(name))
      note(path, `lists ${JSON.stringify(name)} twice, so it is not clear which one is meant`, 'stricter');
    found.set(name, found.has(name) ? undefined : value);
  }
  return found;
}

function referenceOf(value: unknown, path: string, note: Note): readonly string[] {
  const { glob, expression, ...unknown } = fieldsOf(value, path);
  noteUnknown(unknown, path, note);
  if (expression !== undefined) note(`${path}.expression`, `which images it is for (found ${describe(expression)})`);
  return textOf(glob, `${path}.glob`)?.split('\n') ?? [];
}

function importValidation(
  value: unknown,
  path: string,
  attestors: ReadonlyMap<string, Attestor | undefined>,
  types: ReadonlyMap<string, string | undefined>,
  note: Note,
): ImagePolicy | undefined {
  const { expression, message: _, messageExpression: __, reason: ___, ...unknown } = fieldsOf(value, path);
  if (noteUnknown(unknown, path, note)) return undefined;
  const text = textOf(expression, `${path}.expression`);
  const check = text === undefined ? undefined : readCelChecks(text);
  const refuse = (why: string): undefined => note(`${path}.expression`, why, 'stricter') as undefined;
  if (check === undefined)
    return refuse(
      `this CEL can’t be expressed, and without it the policy would accept more (found ${describe(text)}): write it by hand, with attested(type, rule, predicate) or acceptImage(callback)`,
    );
  return fromCheck(check, attestors, types, refuse);
}

function fromCheck(
  check: CelCheck,
  attestors: ReadonlyMap<string, Attestor | undefined>,
  types: ReadonlyMap<string, string | undefined>,
  refuse: (why: string) => undefined,
): ImagePolicy | undefined {
  if (check.kind !== 'signatures') {
    const parts = check.of.map((one) => fromCheck(one, attestors, types, refuse));
    const expressed = parts.filter((part) => part !== undefined);
    if (check.kind === 'all') return expressed.length < parts.length ? undefined : toPolicy('allOf', expressed).policy;
    return toPolicy('anyOf', expressed).policy;
  }
  const { attestation } = check;
  if (attestation !== undefined && !types.has(attestation))
    return refuse(`names attestations.${attestation}, which is not in spec.attestations`);
  const type = attestation === undefined ? undefined : types.get(attestation);
  if (attestation !== undefined && type === undefined)
    return refuse(`needs attestations.${attestation}, which was left out`);
  const missing = check.attestors.find((name) => !attestors.has(name));
  if (missing !== undefined) return refuse(`names attestors.${missing}, which is not in spec.attestors`);
  const parts = check.attestors
    .map((name) => attestors.get(name))
    .map((attestor) => (attestor === undefined ? undefined : signedOrAttested(attestor, type)));
  const expressed = parts.filter((part) => part !== undefined);
  if (expressed.length === 0 || (check.count === 'all' && expressed.length < parts.length))
    return refuse(
      `needs attestors.${check.attestors.join(', attestors.')}, of which ${parts.length - expressed.length} could not be expressed`,
    );
  return toPolicy(check.count === 'all' ? 'allOf' : 'anyOf', expressed).policy;
}

function signedOrAttested({ rules, require }: Attestor, type: string | undefined): ImagePolicy | undefined {
  const [first, ...others] = rules;
  if (first === undefined) return undefined;
  const signedBy = others.length === 0 ? first : rules;
  const settings = Object.keys(require).length === 0 ? {} : { require };
  return type === undefined ? { signedBy, ...settings } : { attested: { type, signedBy }, ...settings };
}

function importAttestation(value: unknown, path: string, note: Note): readonly [string, string | undefined] {
  const { name, intoto, referrer, ...unknown } = fieldsOf(value, path);
  const isUnknown = noteUnknown(unknown, path, note);
  if (referrer !== undefined)
    note(
      `${path}.referrer`,
      `an attestation of Notary’s kind (found ${describe(referrer)}): Sigtrail does not read its signature`,
      'stricter',
    );
  const { type, ...others } = fieldsOf(intoto, `${path}.intoto`);
  const isMore = noteUnknown(others, `${path}.intoto`, note);
  const typeName = textOf(type, `${path}.intoto.type`);
  return [textOf(name, `${path}.name`) ?? path, isUnknown || isMore || referrer !== undefined ? undefined : typeName];
}

function importAttestor(value: unknown, path: string, note: Note): readonly [string, Attestor | undefined] {
  const { name, cosign, notary, ...unknown } = fieldsOf(value, path);
  const key = textOf(name, `${path}.name`) ?? path;
  if (noteUnknown(unknown, path, note)) return [key, undefined];
  if (notary !== undefined) {
    note(`${path}.notary`, 'signatures of Notary Project are not read here; the attestor is left out', 'stricter');
    return [key, undefined];
  }
  if (cosign === undefined) {
    note(path, `must have cosign or notary, found ${describe(value)}`, 'stricter');
    return [key, undefined];
  }
  return [key, importCosign(fieldsOf(cosign, `${path}.cosign`), `${path}.cosign`, note)];
}

function importCosign(cosign: Fields, path: string, note: Note): Attestor | undefined {
  const { key, keyless, certificate, source, ctlog, tuf, annotations, ...unknown } = cosign;
  if (noteUnknown(unknown, path, note)) return undefined;
  if (source !== undefined)
    note(
      `${path}.source`,
      `where the signatures are: give it as options repositories and tagPrefix (found ${describe(source)})`,
    );
  for (const [field, value, why] of [
    ['tuf', tuf, 'a private TUF repository: a policy can’t bind a rule to one trusted root'],
    [
      'certificate',
      certificate,
      'a certificate that is given as such: trust its authority with trustRoot.fromParts, and ask { profile: "pki", subject }',
    ],
  ] as const) {
    if (value === undefined) continue;
    note(`${path}.${field}`, `${why} (found ${describe(value)}); the attestor is left out`, 'stricter');
    return undefined;
  }
  const require = requireOf(fieldsOf(ctlog, `${path}.ctlog`), `${path}.ctlog`, note);
  if (require === undefined) return undefined;
  if ((key === undefined) === (keyless === undefined)) {
    note(
      path,
      `must have exactly one of key and keyless, found ${Object.keys(cosign).join(', ') || 'neither'}; the attestor is left out`,
      'stricter',
    );
    return undefined;
  }
  const rules =
    key === undefined
      ? keylessRules(fieldsOf(keyless, `${path}.keyless`), `${path}.keyless`, note)
      : keyRules(fieldsOf(key, `${path}.key`), `${path}.key`, note);
  const texts = Object.entries(fieldsOf(annotations, `${path}.annotations`)).map(
    ([name, text]) => [name, textOf(text, `${path}.annotations.${name}`) ?? ''] as const,
  );
  const required = texts.length === 0 ? {} : { annotations: Object.fromEntries(texts) };
  return rules.length === 0 ? undefined : { rules: rules.map((rule) => ({ ...rule, ...required })), require };
}

function requireOf(ctlog: Fields, path: string, note: Note): RequiredEvidence | undefined {
  const { url, rekorPubKey, ctLogPubKey, tsaCertChain, insecureIgnoreTlog, insecureIgnoreSCT, ...unknown } = ctlog;
  if (noteUnknown(unknown, path, note)) return undefined;
  for (const [field, value] of Object.entries({ url, rekorPubKey, ctLogPubKey, tsaCertChain }))
    if (value !== undefined && value !== '')
      note(
        `${path}.${field}`,
        `logs and timestamp authorities are given as option trust, where any that you trust counts (found ${describe(value)})`,
      );
  const noLog = flagOf(insecureIgnoreTlog, `${path}.insecureIgnoreTlog`);
  const noSct = flagOf(insecureIgnoreSCT, `${path}.insecureIgnoreSCT`);
  if (noLog) note(`${path}.insecureIgnoreTlog`, 'no transparency log is required (require.log: 0)', 'relaxed');
  if (noSct) note(`${path}.insecureIgnoreSCT`, 'no certificate transparency is required (require.sct: 0)', 'relaxed');
  return { ...(noLog ? { log: 0 } : {}), ...(noSct ? { sct: 0 } : {}) };
}

function keyRules(key: Fields, path: string, note: Note): readonly SignerRule[] {
  const { data, hashAlgorithm, ...others } = key;
  noteHash(hashAlgorithm, `${path}.hashAlgorithm`, note);
  for (const [name, value] of Object.entries(others))
    note(
      `${path}.${name}`,
      `a key that is kept elsewhere (found ${describe(value)}): name it as PEM in data, or plug in a KeyResolver; the attestor is left out`,
      'stricter',
    );
  const pem = textOf(data, `${path}.data`);
  if (Object.keys(others).length > 0) return [];
  if (pem === undefined) {
    note(`${path}.data`, 'not there: expected a PEM public key; the attestor is left out', 'stricter');
    return [];
  }
  const rule = importKeyText(pem, `${path}.data`, note);
  return rule === undefined ? [] : [rule];
}

function keylessRules(keyless: Fields, path: string, note: Note): readonly SignerRule[] {
  const { identities, roots, ...unknown } = keyless;
  if (noteUnknown(unknown, path, note)) return [];
  if (textOf(roots, `${path}.roots`) !== undefined) {
    note(
      `${path}.roots`,
      'a private authority: trust it with trustRoot.fromParts, and ask { profile: "pki", subject }; the attestor is left out',
      'stricter',
    );
    return [];
  }
  return importIdentities(identities, `${path}.identities`, note);
}
