import { decodeBase64 } from '@sigtrail/encoding';
import type { ImagePolicy } from '../../../policy/policy.ts';
import type { ImportedPolicy, NotExpressed, Note } from '../imported-policy.ts';
import { describe, type Fields, fieldsOf, listOf, noteUnknown, textOf } from './fields.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import { importKeyText } from './signer-parts.ts';
import { toPolicy } from './to-policy.ts';

/** Imports OpenShift's `ClusterImagePolicy` and `ImagePolicy` (`config.openshift.io`) if they name a public key. */
export function importOpenshiftImagePolicy({ name, spec }: KubernetesObject): ImportedPolicy {
  const notExpressed: NotExpressed[] = [];
  const note: Note = (what, why, effect = 'elsewhere') => void notExpressed.push({ what, why, effect });
  const { scopes, policy, ...unknown } = spec;
  const isUnknown = noteUnknown(unknown, 'spec', note);
  const references = listOf(scopes, 'spec.scopes').flatMap(
    (scope, index) => textOf(scope, `spec.scopes[${index}]`) ?? [],
  );
  if (scopes !== undefined) note('spec.scopes', 'which images it is for: choose the policy where you call verifyImage');
  const { rootOfTrust, signedIdentity, ...others } = fieldsOf(policy, 'spec.policy');
  const isMore = noteUnknown(others, 'spec.policy', note);
  noteIdentity(fieldsOf(signedIdentity, 'spec.policy.signedIdentity'), 'spec.policy.signedIdentity', note);
  const part =
    isUnknown || isMore
      ? undefined
      : importRoot(fieldsOf(rootOfTrust, 'spec.policy.rootOfTrust'), 'spec.policy.rootOfTrust', note);
  return {
    ...(name === undefined ? {} : { name }),
    references,
    notExpressed,
    ...toPolicy('allOf', part === undefined ? [] : [part]),
  };
}

/** OpenShift compares the name inside a signature by default; Sigtrail only does so if the call asks for it. */
function noteIdentity({ matchPolicy }: Fields, path: string, note: Note): void {
  const match = textOf(matchPolicy, `${path}.matchPolicy`) ?? 'MatchRepoDigestOrExact';
  const option =
    match === 'MatchRepository' ? '"repository"' : match === 'MatchRepoDigestOrExact' ? '"exact"' : 'a function';
  note(path, `${match}: the name inside the signature must be the image’s; give option signedName: ${option}`);
}

function importRoot(root: Fields, path: string, note: Note): ImagePolicy | undefined {
  const { policyType, publicKey, ...others } = root;
  const type = textOf(policyType, `${path}.policyType`);
  if (type !== 'PublicKey' || publicKey === undefined) {
    const why =
      type === 'FulcioCAWithRekor' || type === 'PKI'
        ? 'names an authority of its own: trust it with trustRoot.fromParts, and write the rule by hand ({ issuer, subject: { email } }, or { profile: "pki", subject })'
        : 'expected PublicKey, with publicKey.keyData';
    note(
      `${path}.policyType`,
      `${why} (found ${type ?? 'nothing'}, with ${Object.keys(root).join(', ') || 'nothing in it'})`,
      'stricter',
    );
    return undefined;
  }
  if (noteUnknown(others, path, note)) return undefined;
  const at = `${path}.publicKey`;
  const { keyData, rekorKeyData, ...unknown } = fieldsOf(publicKey, at);
  if (noteUnknown(unknown, at, note)) return undefined;
  const encoded = textOf(keyData, `${at}.keyData`);
  const pem = encoded === undefined ? undefined : decodeBase64(encoded.replaceAll(/\s/g, ''));
  if (pem === undefined) {
    note(`${at}.keyData`, `expected a PEM public key in base64, found ${describe(keyData)}`, 'stricter');
    return undefined;
  }
  const rule = importKeyText(Buffer.from(pem).toString('utf8'), `${at}.keyData`, note);
  if (rule === undefined) return undefined;
  if (textOf(rekorKeyData, `${at}.rekorKeyData`) !== undefined) {
    note(`${at}.rekorKeyData`, 'the log is trusted by its key, in option trust: any other that you trust counts, too');
    return { signedBy: rule };
  }
  note(
    `${at}.rekorKeyData`,
    'not there: OpenShift looks at no transparency log then, and neither does the policy (require.log: 0); a signature made with a stolen key would go unnoticed',
    'relaxed',
  );
  return { signedBy: rule, require: { log: 0 } };
}
