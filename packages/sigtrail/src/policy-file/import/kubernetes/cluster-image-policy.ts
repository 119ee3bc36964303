import type { ImagePolicy, RequiredEvidence, SignerRule } from '../../../policy/policy.ts';
import type { ImportedPolicy, NotExpressed, Note } from '../imported-policy.ts';
import { describe, type Fields, fieldsOf, flagOf, listOf, noteUnknown, textOf } from './fields.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { importIdentities, importKeyText, noteHash } from './signer-parts.ts';
import { toPolicy } from './to-policy.ts';

/**
 * Imports a policy-controller `ClusterImagePolicy` (v1alpha1, v1beta1). Authorities are alternatives; an authority that can't be expressed completely is left out
 * and named, which refuses more, never less. Regular expressions stay searches.
 */
export function importClusterImagePolicyObject({ name, spec }: KubernetesObject): ImportedPolicy {
  const notExpressed: NotExpressed[] = [];
  const note: Note = (what, why, effect = 'elsewhere') => void notExpressed.push({ what, why, effect });
  const { images, authorities, mode, policy, match, ...unknown } = spec;
  const isUnknown = noteUnknown(unknown, 'spec', note);
  if (images !== undefined) note('spec.images', 'which images it is for: choose the policy where you call verifyImage');
  if (match !== undefined) note('spec.match', 'which Kubernetes objects it is for');
  if (mode !== undefined && mode !== 'enforce')
    note('spec.mode', `whether a refusal only warns is up to the reader of the verdict (found ${describe(mode)})`);
  const imported = {
    ...(name === undefined ? {} : { name }),
    references: listOf(images, 'spec.images').flatMap((image, index) =>
      referenceOf(image, `spec.images[${index}]`, note),
    ),
    notExpressed,
  };
  if (policy !== undefined)
    note(
      'spec.policy',
      'CUE and Rego over all authorities don’t run here: write allOf(…, acceptImage(callback))',
      'stricter',
    );
  if (policy !== undefined || isUnknown) return imported;
  const list = listOf(authorities, 'spec.authorities');
  if (list.length === 0)
    note(
      'spec.authorities',
      `names no signer (found ${describe(authorities)}): expected a list of authorities`,
      'stricter',
    );
  const alternatives = list.flatMap((one, index) => {
    const path = `spec.authorities[${index}]`;
    return importAuthority(fieldsOf(one, path), path, note) ?? [];
  });
  return { ...imported, ...toPolicy('anyOf', alternatives) };
}

function referenceOf(image: unknown, path: string, note: Note): readonly string[] {
  const { glob, ...unknown } = fieldsOf(image, path);
  noteUnknown(unknown, path, note);
  const text = textOf(glob, `${path}.glob`);
  return text === undefined ? [] : [text];
}

/** Where fields belong that people put one level too high or too low. */
const IN_AUTHORITY = 'the authority, beside key or keyless';
const MISPLACED: Readonly<Record<string, string>> = {
  ctlog: IN_AUTHORITY,
  rfc3161timestamp: IN_AUTHORITY,
  attestations: IN_AUTHORITY,
  source: IN_AUTHORITY,
  signatureFormat: IN_AUTHORITY,
};

function importAuthority(authority: Fields, path: string, note: Note): ImagePolicy | undefined {
  const {
    name: _,
    key,
    keyless,
    static: fixed,
    source,
    ctlog: __,
    rfc3161timestamp: ___,
    attestations,
    signatureFormat,
    ...unknown
  } = authority;
  if (noteUnknown(unknown, path, note, { identities: `${path}.keyless`, data: `${path}.key` })) return undefined;
  const kinds = Object.entries({ key, keyless, static: fixed }).flatMap(([kind, one]) =>
    one === undefined ? [] : [kind],
  );
  if (kinds.length !== 1) {
    note(
      path,
      `must have exactly one of key, keyless and static, found ${kinds.join(' and ') || 'none of them'}; the authority is left out`,
      'stricter',
    );
    return undefined;
  }
  if (fixed !== undefined) {
    noteStatic(fieldsOf(fixed, `${path}.static`), `${path}.static`, note);
    return undefined;
  }
  if (source !== undefined) note(`${path}.source`, 'where the signatures are: give it as option repositories');
  if (signatureFormat !== undefined)
    note(`${path}.signatureFormat`, `both formats are always looked for (found ${describe(signatureFormat)})`);
  const rules =
    key === undefined
      ? keylessRules(fieldsOf(keyless, `${path}.keyless`), `${path}.keyless`, note)
      : keyRules(fieldsOf(key, `${path}.key`), `${path}.key`, note);
  const [first, ...others] = rules;
  if (first === undefined) return undefined;
  const require = requireOf(authority, path, note);
  if (require === undefined) return undefined;
  const settings = Object.keys(require).length === 0 ? {} : { require };
  const signedBy = others.length === 0 ? first : rules;
  const wanted = importAttestations(attestations, `${path}.attestations`, note);
  if (wanted === undefined) return undefined;
  if (wanted.length === 0) return { signedBy, ...settings };
  return toPolicy(
    'allOf',
    wanted.map((type) => ({ attested: { type, signedBy }, ...settings })),
  ).policy;
}

function noteStatic({ action }: Fields, path: string, note: Note): void {
  const text = textOf(action, `${path}.action`);
  note(
    path,
    text === 'pass'
      ? 'action pass lets unsigned images in: no Sigtrail policy does; the authority is left out'
      : `action ${text ?? 'is not there'}: an alternative that never holds is left out`,
    'stricter',
  );
}

/**
 * The evidence that policy-controller requires of this authority's signatures, as far as it differs from our default. It checks no log for a key without
 * `ctlog`, for a keyless authority that has its own trust root but no `ctlog`, and wherever a timestamp authority is named.
 */
function requireOf(authority: Fields, path: string, note: Note): RequiredEvidence | undefined {
  const keyless = authority['keyless'] === undefined ? undefined : fieldsOf(authority['keyless'], `${path}.keyless`);
  const ctlog = logOf(authority['ctlog'], `${path}.ctlog`, note);
  const timestamp = timestampOf(authority['rfc3161timestamp'], `${path}.rfc3161timestamp`, note);
  if (ctlog === 'unknown' || timestamp === 'unknown') return undefined;
  const usesDefaultLog = keyless !== undefined && keyless['trustRootRef'] === undefined && ctlog === 'absent';
  const asksLog = timestamp === 'absent' && (ctlog === 'named' || usesDefaultLog);
  if (!asksLog)
    note(
      timestamp === 'named' ? `${path}.rfc3161timestamp` : `${path}.ctlog`,
      timestamp === 'named'
        ? 'policy-controller looks at no transparency log where a timestamp authority is named, and neither does the policy (require.log: 0)'
        : `${ctlog === 'absent' ? 'not there' : 'names neither url nor trustRootRef'}: policy-controller looks at no transparency log then, and neither does the policy (require.log: 0); a signature made with a stolen key or identity would go unnoticed`,
      'relaxed',
    );
  const ignoresSct = keyless !== undefined && flagOf(keyless['insecureIgnoreSCT'], `${path}.keyless.insecureIgnoreSCT`);
  if (ignoresSct)
    note(`${path}.keyless.insecureIgnoreSCT`, 'no certificate transparency is required (require.sct: 0)', 'relaxed');
  return {
    ...(timestamp === 'named' ? { tsa: 1 } : {}),
    ...(asksLog ? {} : { log: 0 }),
    ...(ignoresSct ? { sct: 0 } : {}),
    // Without a log and a timestamp its certificates are checked at the current time, which is also what "no verified time" means here.
    ...(keyless !== undefined && !asksLog && timestamp === 'absent' ? { time: 0 } : {}),
  };
}

type Named = 'absent' | 'empty' | 'named' | 'unknown';

function logOf(value: unknown, path: string, note: Note): Named {
  if (value === undefined) return 'absent';
  const { url, trustRootRef, ...unknown } = fieldsOf(value, path);
  if (noteUnknown(unknown, path, note)) return 'unknown';
  const address = textOf(url, `${path}.url`);
  const root = textOf(trustRootRef, `${path}.trustRootRef`);
  if (address !== undefined)
    note(
      `${path}.url`,
      `the log ${address} is trusted by its key, in option trust: any other that you trust counts, too`,
    );
  if (root !== undefined) noteTrustRoot(root, 'its logs', `${path}.trustRootRef`, note);
  return address === undefined && root === undefined ? 'empty' : 'named';
}

function timestampOf(value: unknown, path: string, note: Note): Named {
  if (value === undefined) return 'absent';
  const { trustRootRef, ...unknown } = fieldsOf(value, path);
  if (noteUnknown(unknown, path, note)) return 'unknown';
  const root = textOf(trustRootRef, `${path}.trustRootRef`);
  if (root === undefined) {
    note(
      path,
      'names no trustRootRef: policy-controller asks for no timestamp then, and neither does the policy',
      'relaxed',
    );
    return 'absent';
  }
  noteTrustRoot(root, 'its timestamp authorities', `${path}.trustRootRef`, note);
  return 'named';
}

function noteTrustRoot(root: string, what: string, path: string, note: Note): void {
  note(
    path,
    `trust root ${JSON.stringify(root)}: give ${what} as option trust, and no others: each one that is trusted counts`,
  );
}

function keyRules(key: Fields, path: string, note: Note): readonly SignerRule[] {
  const { data, hashAlgorithm, ...others } = key;
  noteHash(hashAlgorithm, `${path}.hashAlgorithm`, note);
  for (const [name, value] of Object.entries(others))
    note(
      `${path}.${name}`,
      `a key that is kept elsewhere (found ${describe(value)}): name it as PEM in data, or plug in a KeyResolver; the authority is left out`,
      'stricter',
    );
  if (Object.keys(others).length > 0) return [];
  const pem = textOf(data, `${path}.data`);
  if (pem === undefined) {
    note(`${path}.data`, 'not there: expected a PEM public key; the authority is left out', 'stricter');
    return [];
  }
  const rule = importKeyText(pem, `${path}.data`, note);
  return rule === undefined ? [] : [rule];
}

function keylessRules(keyless: Fields, path: string, note: Note): readonly SignerRule[] {
  const { url, identities, trustRootRef, 'ca-cert': caCert, insecureIgnoreSCT: _, ...unknown } = keyless;
  if (noteUnknown(unknown, path, note, MISPLACED)) return [];
  if (url !== undefined)
    note(
      `${path}.url`,
      `the certificate authority is known by its certificate, in option trust, and not by its address (found ${describe(url)})`,
    );
  if (caCert !== undefined) {
    note(
      `${path}.ca-cert`,
      'a private authority: trust it with trustRoot.fromParts, and ask { profile: "pki", subject }; the authority is left out',
      'stricter',
    );
    return [];
  }
  const root = textOf(trustRootRef, `${path}.trustRootRef`);
  if (root === undefined) return importIdentities(identities, `${path}.identities`, note);
  if (root === 'github') {
    note(
      `${path}.trustRootRef`,
      'trust root "github": the rule takes certificates of authorities with profile github only; give GitHub’s trusted root as option trust, with profile github',
    );
    return importIdentities(identities, `${path}.identities`, note, 'github');
  }
  // Without its root, the rule would accept certificates of every trusted authority, more than the original does.
  note(
    `${path}.trustRootRef`,
    `trust root ${JSON.stringify(root)}: a policy can’t bind a rule to one trusted root, and without it every trusted authority could vouch; verify with that root as the only trust, and write the rule by hand; the authority is left out`,
    'stricter',
  );
  return [];
}

/** The predicate types that must be attested; `undefined` if one of them can't be expressed completely. */
function importAttestations(value: unknown, path: string, note: Note): readonly string[] | undefined {
  const wanted: string[] = [];
  for (const [index, one] of listOf(value, path).entries()) {
    const at = `${path}[${index}]`;
    const { name: _, predicateType, policy, ...unknown } = fieldsOf(one, at);
    if (noteUnknown(unknown, at, note)) return undefined;
    if (policy !== undefined) {
      note(
        `${at}.policy`,
        'CUE and Rego don’t run here: write attested(type, rule, predicate); the authority is left out',
        'stricter',
      );
      return undefined;
    }
    const type = textOf(predicateType, `${at}.predicateType`);
    if (type === undefined) {
      note(
        `${at}.predicateType`,
        'an attestation of any type can’t be required; the authority is left out',
        'stricter',
      );
      return undefined;
    }
    wanted.push(type);
  }
  return wanted;
}
