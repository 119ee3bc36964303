import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Key, MetaFile, Metadata, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import { aDate } from '../option-checks.ts';

/** The answer to one path instead of the file: a status, other bytes, or bytes without end. */
export type TufAnswer = number | Buffer | 'endless' | undefined;

/** A real TUF repository on loopback, whose owner holds all keys and may do wrong. */
export interface TufRepository extends AsyncDisposable {
  readonly mirror: string;
  /** The first root. */
  readonly root: Buffer;
  /** What is served, by path; written by `publish`, and by tests that spoil it. */
  readonly files: Map<string, Buffer>;
  /** Paths that were asked for, in order. */
  readonly requests: string[];
  /** Signs a new version of everything but the root. */
  publish(target: string, options?: TufPublishOptions): void;
  /** Signs the next root: other keys for all roles, the root's own included. */
  rotate(options?: { readonly expires?: Date; readonly signedByOld?: boolean; readonly skipVersion?: boolean }): void;
  /** Answers in place of files, from now on. */
  answer(by: (path: string) => TufAnswer | Promise<TufAnswer>): void;
}

/** What a published version is like; by default good for a week. */
export interface TufPublishOptions {
  readonly expires?: Partial<Record<TufRole, Date>>;
  /** Names these versions, instead of the next ones. */
  readonly version?: number;
  /** Signs with a key without delegation. */
  readonly foreignKey?: TufRole;
}

/** A role whose documents are signed anew with each version. */
export type TufRole = 'timestamp' | 'snapshot' | 'targets';

interface Signer {
  readonly key: Key;
  readonly sign: (bytes: Buffer) => Signature;
}

/**
 * Starts one whose first root expires a year after `now`. Dispose of it at the end.
 *
 * @example
 * await using tuf = await startTufRepository(new Date());
 * tuf.publish(sigstore.trust.json);
 * const verifier = createVerifier({ trust: { tuf: { mirror: tuf.mirror, root: tuf.root } } });
 */
export async function startTufRepository(now: Date): Promise<TufRepository> {
  aDate(now, 'now', 'startTufRepository');
  const files = new Map<string, Buffer>();
  const requests: string[] = [];
  let instead: (path: string) => TufAnswer | Promise<TufAnswer> = () => undefined;
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '').slice(1);
    requests.push(path);
    const answer = (await instead(path)) ?? files.get(path) ?? 404;
    if (typeof answer === 'number') response.writeHead(answer).end();
    else if (answer !== 'endless') response.end(answer);
    else {
      const more = (): void => void (response.destroyed || response.write(Buffer.alloc(65_536, 0x20), more));
      more();
    }
  };
  const server = createServer((request, response) => {
    respond(request, response).catch((error: Error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const week = new Date(now.getTime() + 7 * 86_400_000);
  const year = new Date(now.getTime() + 365 * 86_400_000);
  let signers = newSigners();
  let rootVersion = 1;
  let version = 0;
  const root = signRoot(1, year, signers, [signers.root]);
  files.set('1.root.json', root);
  return {
    mirror,
    root,
    files,
    requests,
    publish: (target, options = {}) => {
      version = options.version ?? version + 1;
      const until = (role: TufRole): Date => options.expires?.[role] ?? week;
      const by = (role: TufRole): Signer => (options.foreignKey === role ? newSigner() : signers[role]);
      const bytes = Buffer.from(target);
      const hash = createHash('sha256').update(bytes).digest('hex');
      const info = new TargetFile({ path: 'trusted_root.json', length: bytes.length, hashes: { sha256: hash } });
      const targets = new Targets({
        version,
        specVersion: '1.0.31',
        expires: iso(until('targets')),
        targets: { 'trusted_root.json': info },
      });
      const snapshot = new Snapshot({
        version,
        specVersion: '1.0.31',
        expires: iso(until('snapshot')),
        meta: { 'targets.json': new MetaFile({ version }) },
      });
      const timestamp = new Timestamp({
        version,
        specVersion: '1.0.31',
        expires: iso(until('timestamp')),
        snapshotMeta: new MetaFile({ version }),
      });
      files.set(`targets/${hash}.trusted_root.json`, bytes);
      files.set(`${version}.targets.json`, signed(new Metadata(targets), [by('targets')]));
      files.set(`${version}.snapshot.json`, signed(new Metadata(snapshot), [by('snapshot')]));
      files.set('timestamp.json', signed(new Metadata(timestamp), [by('timestamp')]));
    },
    rotate: ({ expires = year, signedByOld = true, skipVersion = false } = {}) => {
      const old = signers;
      signers = newSigners();
      rootVersion += 1;
      const by = signedByOld ? [old.root, signers.root] : [signers.root];
      files.set(`${rootVersion}.root.json`, signRoot(rootVersion + (skipVersion ? 1 : 0), expires, signers, by));
    },
    answer: (by) => {
      instead = by;
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function newSigners(): Record<TufRole | 'root', Signer> {
  return { root: newSigner(), timestamp: newSigner(), snapshot: newSigner(), targets: newSigner() };
}

function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = rawHex(publicKey);
  const keyID = createHash('sha256').update(raw).digest('hex');
  return {
    key: new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal: { public: raw } }),
    sign: (bytes) => new Signature({ keyID, sig: sign(null, bytes, privateKey).toString('hex') }),
  };
}

function rawHex(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(12).toString('hex');
}

function signRoot(
  version: number,
  expires: Date,
  signers: Record<TufRole | 'root', Signer>,
  by: readonly Signer[],
): Buffer {
  const root = new Root({ version, specVersion: '1.0.31', expires: iso(expires), consistentSnapshot: true });
  for (const [role, { key }] of Object.entries(signers)) root.addKey(key, role);
  return signed(new Metadata(root), by);
}

function signed(metadata: Metadata<Root | Timestamp | Snapshot | Targets>, by: readonly Signer[]): Buffer {
  for (const signer of by) metadata.sign(signer.sign);
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}

function iso(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
