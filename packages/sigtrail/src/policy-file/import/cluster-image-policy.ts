import { readYaml } from '../document/read-policy.ts';
import { optionError } from '@sigtrail/encoding';
import { re2Search } from '../../policy/pattern.ts';
import { parsePolicy } from '../../policy/parse-policy.ts';
import type { ImagePolicy, RequiredEvidence, SignerRule } from '../../policy/policy.ts';
import type { ImportedPolicy, NotExpressed } from './imported-policy.ts';

type Fields = Readonly<Record<string, unknown>>;
type Note = (what: string, why: string, effect?: NotExpressed['effect']) => void;

/**
 * Imports a policy-controller `ClusterImagePolicy` (v1alpha1, v1beta1) from its YAML or JSON. Authorities are alternatives; one that can't be
 * expressed whole is left out and named, which refuses more, never less. Regular expressions stay searches.
 *
 * @throws SigtrailError `invalid-policy` for text that isn't YAML; TypeError `invalid-policy` for another kind of object
 */
export function importClusterImagePolicy(text: string, options: { readonly file?: string } = {}): ImportedPolicy {
  const root = record(readYaml(text, options.file).document.toJS({ maxAliasCount: 0 }));
  if (root['kind'] !== 'ClusterImagePolicy' || !String(root['apiVersion']).startsWith('policy.sigstore.dev/'))
    throw optionError('invalid-policy', 'expected apiVersion policy.sigstore.dev/… and kind ClusterImagePolicy');
  const notExpressed: NotExpressed[] = [];
  const note: Note = (what, why, effect = 'elsewhere') => void notExpressed.push({ what, why, effect });
  const spec = record(root['spec']);
  const { images, authorities, mode, policy, match, ...unknown } = spec;
  noteUnknown(unknown, 'spec', note);
  if (images !== undefined) note('spec.images', 'which images it is for: choose the policy where you call verifyImage');
  if (match !== undefined) note('spec.match', 'which Kubernetes objects it is for');
  if (mode !== undefined && mode !== 'enforce')
    note('spec.mode', 'whether a refusal only warns is up to who reads the verdict');
  const name = record(root['metadata'])['name'];
  const imported = {
    ...(typeof name === 'string' ? { name } : {}),
    references: list(images).flatMap((image) => string(record(image)['glob']) ?? []),
    notExpressed,
  };
  if (policy !== undefined) {
    note(
      'spec.policy',
      'CUE and Rego over all authorities don’t run here: write allOf(…, acceptImage(callback))',
      'stricter',
    );
    return imported;
  }
  const alternatives = list(authorities).flatMap(
    (one, index) => importAuthority(record(one), `spec.authorities[${index}]`, note) ?? [],
  );
  const [first, ...others] = alternatives;
  if (first === undefined) return imported;
  const result: ImagePolicy = others.length === 0 ? first : { anyOf: alternatives };
  parsePolicy(result);
  return { ...imported, policy: result };
}

function importAuthority(authority: Fields, path: string, note: Note): ImagePolicy | undefined {
  const {
    name: _,
    key,
    keyless,
    static: fixed,
    source,
    ctlog,
    rfc3161timestamp,
    attestations,
    signatureFormat,
    ...unknown
  } = authority;
  if (noteUnknown(unknown, path, note)) return undefined;
  if (fixed !== undefined) {
    const action = String(record(fixed)['action']);
    note(
      `${path}.static`,
      action === 'pass'
        ? 'lets unsigned images in: no Sigtrail policy does'
        : `action ${action}: an alternative that never holds is left out`,
      'stricter',
    );
    return undefined;
  }
  if (source !== undefined) note(`${path}.source`, 'where the signatures are: give it to the registry options');
  if (signatureFormat !== undefined) note(`${path}.signatureFormat`, 'both formats are always looked for');
  const rules =
    key === undefined
      ? keylessRules(record(keyless), `${path}.keyless`, note)
      : keyRule(record(key), `${path}.key`, note);
  if (rules === undefined) return undefined;
  noteTrust(ctlog, `${path}.ctlog`, note);
  noteTrust(rfc3161timestamp, `${path}.rfc3161timestamp`, note);
  // policy-controller stops looking at the log where a timestamp authority is named; we don't.
  if (rfc3161timestamp !== undefined)
    note(
      `${path}.rfc3161timestamp`,
      'the imported policy still requires a log entry; set require: { log: 0 } if the signatures have none',
      'stricter',
    );
  const require: RequiredEvidence = {
    ...(rfc3161timestamp === undefined ? {} : { tsa: 1 }),
    ...(record(keyless)['insecureIgnoreSCT'] === true ? { sct: 0 } : {}),
  };
  const settings = Object.keys(require).length === 0 ? {} : { require };
  const signedBy = rules.length === 1 && rules[0] !== undefined ? rules[0] : rules;
  if (attestations === undefined) return { signedBy, ...settings };
  const wanted: ImagePolicy[] = [];
  for (const [index, one] of list(attestations).entries()) {
    const { name: __, predicateType, policy, ...more } = record(one);
    const at = `${path}.attestations[${index}]`;
    if (noteUnknown(more, at, note)) return undefined;
    if (policy !== undefined) {
      note(
        `${at}.policy`,
        'CUE and Rego don’t run here: write attested(type, rule, predicate); the authority is left out',
        'stricter',
      );
      return undefined;
    }
    if (typeof predicateType !== 'string' || predicateType === '') {
      note(
        `${at}.predicateType`,
        'an attestation of any type can’t be asked for; the authority is left out',
        'stricter',
      );
      return undefined;
    }
    wanted.push({ attested: { type: predicateType, signedBy }, ...settings });
  }
  const [first, ...others] = wanted;
  return first === undefined ? { signedBy, ...settings } : others.length === 0 ? first : { allOf: wanted };
}

function keyRule(key: Fields, path: string, note: Note): readonly SignerRule[] | undefined {
  const { data, hashAlgorithm, ...others } = key;
  if (hashAlgorithm !== undefined && hashAlgorithm !== 'sha256')
    note(`${path}.hashAlgorithm`, 'the hash follows from the key');
  if (typeof data === 'string' && Object.keys(others).length === 0) return [{ key: data }];
  for (const name of Object.keys(others))
    note(
      `${path}.${name}`,
      'a key that is kept elsewhere: name it as PEM, or plug in a KeyResolver; the authority is left out',
      'stricter',
    );
  return undefined;
}

function keylessRules(keyless: Fields, path: string, note: Note): readonly SignerRule[] | undefined {
  const { url, identities, trustRootRef, 'ca-cert': caCert, insecureIgnoreSCT: _, ...unknown } = keyless;
  if (noteUnknown(unknown, path, note)) return undefined;
  if (url !== undefined) note(`${path}.url`, 'the certificate authority is a matter of trust, not of its address');
  if (trustRootRef !== undefined)
    note(`${path}.trustRootRef`, `trust root ${JSON.stringify(trustRootRef)}: give it as option trust`);
  if (caCert !== undefined) {
    note(
      `${path}.ca-cert`,
      'an own authority: trust it with trustRoot.fromParts, and ask { profile: "pki", subject }; the authority is left out',
      'stricter',
    );
    return undefined;
  }
  const rules = list(identities).map((one) => {
    const { issuer, issuerRegExp, subject, subjectRegExp, ...more } = record(one);
    if (noteUnknown(more, `${path}.identities`, note)) return undefined;
    return { issuer: matcherOf(issuer, issuerRegExp), subject: matcherOf(subject, subjectRegExp) } as SignerRule;
  });
  if (rules.length === 0) {
    note(`${path}.identities`, 'names no identity, so anyone could sign; the authority is left out', 'stricter');
    return undefined;
  }
  const expressed = rules.filter((rule) => rule !== undefined);
  return expressed.length === 0 ? undefined : expressed;
}

/** An absent name fits everything there; so it does here, where the linter says what that means. */
function matcherOf(exact: unknown, expression: unknown): unknown {
  if (typeof exact === 'string' && exact !== '') return exact;
  return re2Search(typeof expression === 'string' && expression !== '' ? expression : '.*');
}

function noteTrust(value: unknown, path: string, note: Note): void {
  if (value === undefined) return;
  for (const name of Object.keys(record(value)))
    note(`${path}.${name}`, 'logs and timestamp authorities are given as option trust');
}

/** What this version doesn't know may narrow: the part it stands in is not used then. */
function noteUnknown(fields: Fields, path: string, note: Note): boolean {
  for (const name of Object.keys(fields))
    note(`${path}.${name}`, 'not known here; what it belongs to is left out', 'stricter');
  return Object.keys(fields).length > 0;
}

function record(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
