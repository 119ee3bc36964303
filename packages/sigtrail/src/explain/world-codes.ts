import type { RekorErrorCode } from '@sigtrail/rekor';
import type { OciErrorCode } from 'oci-client-lite/names';
import type { SigtrailErrorCode } from '../error.ts';
import type { FaultCode, OWN_PROBLEM_CODES, OWN_REASON_CODES } from '../report/codes.ts';
import { type Explanation, NEXT } from './explanation.ts';

type Elsewhere = FaultCode | (typeof OWN_REASON_CODES)[number];

/** Codes for the state of the world: what could not be read, asked or understood, and what a log must never do. */
export type WorldCode = Exclude<
  SigtrailErrorCode | (typeof OWN_PROBLEM_CODES)[number] | OciErrorCode | RekorErrorCode,
  Elsewhere
>;

const ALARM =
  'keep the evidence (it is in the state and the report), and tell the log’s operator and the Sigstore community';
const MALFORMED = 'check that this is the address of the right server, and that no proxy answers in its place';

export const WORLD_CODES: Readonly<Record<WorldCode, Explanation>> = {
  aborted: { means: 'the caller gave up waiting', next: 'nothing, or ask again' },
  'already-logged': { means: 'the log has the entry already', next: 'nothing: the error names the entry' },
  'ambiguous-platform': {
    means: 'a client could run several manifests for the platform, and one reference can’t name them all',
    next: 'deploy the index where it is named, or name one of the manifests by digest',
  },
  'bad-request': { means: 'the log refuses the request', next: 'the message quotes the log' },
  'blocked-redirect': {
    means: 'the server points to an address that is not followed: another scheme, or one inside the network',
    next: 'check the server; an address inside the network can be allowed with allowAddresses',
  },
  'cannot-write': {
    means: 'files can’t be written to the directory',
    next: 'check that it is empty or new, its owner, and the space on the disk',
  },
  'checkpoint-mismatch': { means: 'the size or root next to a proof are not those of its checkpoint', next: ALARM },
  'checkpoint-signature-invalid': { means: 'the log’s checkpoint is not signed with its key', next: ALARM },
  closed: { means: 'the verifier was closed', next: 'make a new one, or close it later' },
  denied: {
    means: 'the registry knows who is asking, and refuses',
    next: 'check what the account may read; the message says which credentials were sent',
  },
  'digest-mismatch': { means: 'the bytes do not have the requested digest', next: NEXT.dontRun },
  'entry-dropped': { means: 'the log does not serve an entry that its signed tree has', next: ALARM },
  'entry-mismatch': { means: 'the log answers with an entry that was not asked for', next: ALARM },
  'entry-unread': {
    means: 'the log has an entry that can’t be read',
    next: 'update Sigtrail; until then, the entry’s signer is unknown',
  },
  fork: { means: 'the log signed two checkpoints of one tree that can’t both be true', next: ALARM },
  frozen: { means: 'the log takes no entries any more', next: 'use its successor' },
  'image-not-found': {
    means: 'the registry says that there is no such image',
    next: 'check the name and the tag; if the image is private, log in first: some registries give this answer for images that the asker may not read',
  },
  indeterminate: {
    means: 'something could not be read, asked or decided, and the answer depends on it',
    next: 'the problems say what; ask again if it may be temporary, else fix it',
  },
  'index-does-not-list': {
    means: 'the index that was named does not list the manifest',
    next: 'name the index that does',
  },
  'index-mismatch': {
    means: 'the global index is not the sum of the shard’s offset and the index in the shard',
    next: ALARM,
  },
  'index-not-verified': {
    means: 'the index that was named is not verified itself',
    next: 'verify the index by itself to see why',
  },
  'insecure-http': {
    means: 'the server speaks plain http, which is not allowed',
    next: 'use https; or allow it for this host alone (--allow-http-registry, registry.insecureHosts)',
  },
  'invalid-bundle': { means: 'this is not a Sigstore bundle', next: 'the message names the place' },
  'invalid-capsule': {
    means: 'the capsule can’t be replayed: malformed, or its parts don’t belong together',
    next: 'the message names the place; make a new one',
  },
  'invalid-journal': {
    means:
      'the journal of a run over many images can’t be used: it is damaged, belongs to a different question, is open to other users, or can’t be written',
    next: 'the message says which, and the line; give a different file name to start anew',
  },
  'invalid-certificate': { means: 'the certificate can’t be read', next: 'give PEM or DER of one X.509 certificate' },
  'invalid-checkpoint': { means: 'the checkpoint can’t be read', next: MALFORMED },
  'invalid-config': {
    means: 'a configuration file or credential helper of Docker can’t be used',
    next: 'the message names the file and the place',
  },
  'invalid-digest': { means: 'it is not a digest', next: 'write sha256: and 64 hexadecimal digits in lower case' },
  'invalid-entry': { means: 'the log entry can’t be read', next: MALFORMED },
  'invalid-json': { means: 'the answer is not strict JSON', next: MALFORMED },
  'invalid-key': { means: 'the key can’t be used', next: 'give PEM PUBLIC KEY, DER SPKI, a JWK or a KeyObject' },
  'invalid-layout': {
    means: 'the directory or file is not an OCI image layout',
    next: 'check the path; docker save and skopeo copy oci: write layouts',
  },
  'invalid-manifest': {
    means: 'the manifest can’t be read',
    next: 'look at it with sigtrail manifest or crane manifest; push the image again',
  },
  'invalid-policy': { means: 'the policy has a mistake', next: 'the message names file, line and column' },
  'invalid-proof': { means: 'the log’s proof can’t be read', next: MALFORMED },
  'invalid-reference': {
    means: 'it is not an image reference',
    next: 'write registry/repository[:tag][@digest], or oci:DIR[:tag]',
  },
  'invalid-response': { means: 'the answer is not what such a server would send', next: MALFORMED },
  'invalid-state': {
    means: 'the watcher’s state file can’t be used',
    next: 'the message says why; a new file starts over from now',
  },
  'invalid-trusted-root': {
    means: 'the trusted root is malformed',
    next: 'the message names the place; fetch it again',
  },
  'log-changed': {
    means: 'a different log answers at the address of a known log, or a log that the watch state has never seen',
    next: ALARM + '; if the change was announced, acknowledge it (sigtrail rekor acknowledge)',
  },
  network: {
    means: 'there was no answer: the name, the connection or TLS failed',
    next: 'check the address, the network and any proxy; ' + NEXT.lookAgain,
  },
  'no-log': {
    means: 'the trusted root has no log with an address, so no log was asked',
    next: 'give a trusted root that names its logs’ addresses',
  },
  'no-match': {
    means: 'what is there does not satisfy the policy',
    next: 'the report says which part does not hold, and why for each candidate',
  },
  'no-matching-platform': {
    means: 'the index lists no manifest for the platform',
    next: 'ask for a platform that it lists',
  },
  'policy-unavailable': {
    means: 'the caller’s own function returned no policy for the image, so nothing was asked about it',
    next: 'the message quotes that function',
  },
  'no-platforms': {
    means: 'the index lists no manifest that a client could run',
    next: 'check that it is an index of images',
  },
  'not-a-log': { means: 'the address is not that of a transparency log', next: 'check the address' },
  'not-enabled': {
    means: 'the log does not offer this kind of search',
    next: 'search by another term, or scan its entries',
  },
  'not-found': { means: 'it is not there', next: 'check the name' },
  'not-recorded': {
    means: 'an answer without a registry would need something that was not recorded',
    next: 'make a new capsule with the same question; in a fleet, let workers with --keep-evidence-days scan the image once, or ask without --from-stores',
  },
  'platform-not-found': {
    means: 'the index lists no manifest for a platform that was asked for',
    next: 'ask for a platform that it lists',
  },
  overloaded: {
    means: 'the verifier’s queue is full, so this image was not looked at',
    next: 'ask again later, with fewer images at once, or raise the limit of the queue',
  },
  proxy: {
    means: 'the proxy did not let the request through; the server behind it is not to blame',
    next: 'check HTTPS_PROXY, HTTP_PROXY and NO_PROXY; the message says what the proxy answered',
  },
  'rate-limited': {
    means: 'the server asks for fewer requests',
    next: 'wait as long as the message says; credentials often raise the limit',
  },
  registry: { means: 'the registry could not be read', next: 'its own error is the cause' },
  rollback: { means: 'the log’s tree is smaller than it was, and stays so when asked again', next: ALARM },
  'inclusion-invalid': { means: 'the log’s proof does not lead from the entry to the signed root', next: ALARM },
  'set-invalid': { means: 'the log’s promise (SET) does not cover this entry, index and time', next: ALARM },
  'tile-mismatch': { means: 'tiles or entry bundles of the log do not hash to its signed root', next: ALARM },
  'server-error': { means: 'the server failed', next: NEXT.lookAgain },
  'sink-failed': {
    means: 'a finding could not be delivered',
    next: 'fix the sink; the watcher sends the finding again at the next run',
  },
  'size-mismatch': { means: 'there are more or fewer bytes than the registry lists', next: NEXT.dontRun },
  'stale-replica': {
    means: 'a read was answered from an older state of the log; a second read showed the newer one',
    next: NEXT.lookAgain,
  },
  'state-incomplete': {
    means: 'the watcher’s state lacks what it needs to continue',
    next: 'restore the state file, or start over with a new one',
  },
  'state-locked': { means: 'another watcher uses the state file', next: 'end it, or use another file' },
  timeout: {
    means: 'the deadline passed',
    next:
      'give the call more time (timeoutMs, --timeout: a quarter of it, at most 5 s, is kept for verifying what was read); ' +
      NEXT.lookAgain,
  },
  'too-large': {
    means: 'the answer is larger than allowed',
    next: 'if it is right, raise the limit that the message names',
  },
  'too-many-platforms': {
    means: 'the index lists more manifests than Sigtrail verifies',
    next: 'name one of them by digest',
  },
  'trust-expired': {
    means: 'the trusted root is too old and could not be refreshed',
    next: 'make the TUF mirror reachable, or give a root',
  },
  'trust-unavailable': {
    means: 'the trusted root could not be read or fetched',
    next: 'check the file or the mirror; its own error is the cause',
  },
  unauthorized: {
    means: 'the registry wants credentials, or different ones than it got',
    next: 'log in to that registry (docker login HOST); the message says which credentials were sent, if any',
  },
  unknown: { means: 'a place could not be read, and nothing said why', next: NEXT.lookAgain },
  'unsafe-file-name': { means: 'a file of the artifact has a name that would leave the directory', next: NEXT.dontRun },
  unsigned: {
    means: 'every place where a signature could be was read, and has none',
    next: 'sign the image, or say where its signatures are kept (--attachment-repository, repositories)',
  },
  unsupported: { means: 'the log or its entry is of a kind that is not supported', next: 'update Sigtrail' },
  'unsupported-key': { means: 'the log’s key is of a kind that is not supported', next: 'update Sigtrail' },
  'unsupported-media-type': {
    means: 'the manifest’s type is not that of an image',
    next: 'push the image again in OCI or Docker v2 form',
  },
  'untrusted-key': { means: 'the log signs with a key that the trusted root does not have', next: ALARM },
  'wrong-tree': {
    means: 'the log answers about a tree that was not asked for, or that is not its own',
    next: ALARM,
  },
};
