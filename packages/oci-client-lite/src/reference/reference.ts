import { checkOptions, expecting, optionError, type OptionTable, requireObject } from '@sigtrail/encoding';
import { isIPv6 } from 'node:net';
import { type Digest, isDigest } from './digest.ts';
import { OciError } from '../error.ts';

/** Where an image is: registry, repository, and a tag, a digest or both. With both, the digest decides. */
export interface Reference {
  /** Lower-case `host[:port]`. Docker Hub is always `index.docker.io`, the name in cosign's signatures. */
  readonly registry: string;
  /** Path inside the registry, with `library/` filled in on Docker Hub. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: ReferenceDigest;
}

/** A digest in a reference. sha384 is registered, but no registry serves it, so a fetch refuses it (`invalid-digest`). */
export type ReferenceDigest = Digest | `sha384:${string}`;

/** A reference that names its content: what a tag resolved to, and what to deploy. */
export interface DigestReference extends Reference {
  readonly digest: Digest;
}

/** How {@link parseReference} reads. */
export interface ReferenceOptions {
  /** Whether to accept `oci://` in front, as Helm and oras write references. */
  readonly allowOciScheme?: boolean | undefined;
}

const OPTIONS: OptionTable<ReferenceOptions> = {
  allowOciScheme: expecting('a boolean', (value) => typeof value === 'boolean'),
};

/** The registry for references that name none. */
export const dockerHub = 'index.docker.io';

const hubNames: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
const pathPart = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const restShape = new RegExp(`^(${pathPart}(?:/${pathPart})*)(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?(?:@(.+))?$`);
const label = '[a-z0-9](?:[a-z0-9-]*[a-z0-9])?';
const hostShape = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[a-f0-9:]+\\])(?::([0-9]{1,5}))?$`);
const numericHost = /^(?:\d+|0x[0-9a-f]*)(?:\.(?:\d+|0x[0-9a-f]*))*$/;
const dottedQuad = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;
const tagShape = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * Reads an image reference by the strict grammar of distribution/reference, in ASCII, without a URL scheme.
 * The tag `latest` is filled in only if there is neither a tag nor a digest.
 *
 * @throws OciError `invalid-reference`
 *
 * @example
 * ```ts
 * parseReference('ubuntu'); // { registry: 'index.docker.io', repository: 'library/ubuntu', tag: 'latest' }
 * ```
 */
export function parseReference(whole: string, options: ReferenceOptions = {}): Reference {
  checkOptions(options, OPTIONS, 'parseReference');
  const text = options.allowOciScheme === true && typeof whole === 'string' ? whole.replace(/^oci:\/\//, '') : whole;
  if (typeof text !== 'string') throw optionError('invalid-option', 'parseReference: the reference must be a string');
  if (text.length > 4096) throw refuse(text, 'longer than 4096 characters');
  if (/[^\x21-\x7e]/.test(text))
    throw refuse(text, 'only printable ASCII without spaces is allowed; write international host names in punycode');
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0];
  if (scheme !== undefined) throw refuse(text, schemeHint(scheme, text));
  if (/^[a-f0-9]{64}$/.test(text)) throw refuse(text, 'a bare image ID is not a reference; write name@sha256:…');

  const { host, rest } = splitRegistry(text);
  const match = restShape.exec(rest);
  if (match?.[1] === undefined) throw refuse(text, shapeHint(rest));
  const digest = match[3];
  if (digest !== undefined && !isReferenceDigest(digest)) throw refuse(text, digestHint(digest));
  const registry = host === undefined ? dockerHub : checkRegistry(host, text);
  const repository = registry === dockerHub && !match[1].includes('/') ? `library/${match[1]}` : match[1];
  if (repository.length > 255) throw refuse(text, 'the repository name is longer than 255 characters');
  const tag = match[2] ?? (digest === undefined ? 'latest' : undefined);
  return { registry, repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** Writes a reference so that {@link parseReference} reads the same one back. */
export function formatReference(reference: Reference): string {
  requireObject(reference, 'formatReference', 'reference', ['registry', 'repository']);
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${repositoryName(reference)}${tag}${digest}`;
}

/** `registry/repository`, the name without tag and digest. */
export function repositoryName(reference: Reference): string {
  requireObject(reference, 'repositoryName', 'reference', ['registry', 'repository']);
  return `${reference.registry}/${reference.repository}`;
}

/** Whether `text` is a tag by the grammar of distribution-spec "Pulling manifests". */
export function isTag(text: string): boolean {
  if (typeof text !== 'string') return false;
  return tagShape.test(text);
}

function splitRegistry(text: string): { host: string | undefined; rest: string } {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  // Docker also takes an upper-case first component as a host (`Foo/bar`); ggcr refuses it, and so do we.
  if (first !== 'localhost' && !/[.:]/.test(first)) return { host: undefined, rest: text };
  return { host: first, rest: text.slice(slash + 1) };
}

function checkRegistry(text: string, whole: string): string {
  const host = text.toLowerCase(); // `GHCR.io` would otherwise miss its credentials
  const match = hostShape.exec(host);
  if (match === null)
    throw refuse(whole, 'the registry is not a host name, an IPv4 address or a bracketed IPv6 address');
  const port = match[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65535))
    throw refuse(whole, 'the port must be between 1 and 65535');
  const name = port === undefined ? host : host.slice(0, -port.length - 1);
  if (name.startsWith('[') && !isIPv6(name.slice(1, -1))) throw refuse(whole, 'the registry is not an IPv6 address');
  // `0x7f.1` and `2130706433` are rewritten to 127.0.0.1 by URL parsers: the checked host must be the dialled host.
  if (numericHost.test(name) && !dottedQuad.test(name))
    throw refuse(whole, 'write an IPv4 address as four decimal numbers');
  // URL parsers take `a.0` and `a.0x` for malformed IPv4 addresses, and a host that can't be in a URL can't be asked.
  if (!name.startsWith('[') && URL.parse(`https://${name}/`)?.hostname !== name)
    throw refuse(whole, 'the registry is not a host name that a URL can have');
  return hubNames.has(host) ? dockerHub : host;
}

function isReferenceDigest(text: string): text is ReferenceDigest {
  return isDigest(text) || /^sha384:[0-9a-f]{96}$/.test(text);
}

function schemeHint(scheme: string, text: string): string {
  const bare = withoutPassword(text).slice(scheme.length).replace(/\/+$/, '');
  const option = scheme.toLowerCase() === 'oci://' ? ' (or set "allowOciScheme")' : '';
  return `a reference has no "${scheme}"; write ${bare === '' ? 'registry/repository' : bare.slice(0, 100)}${option}`;
}

function shapeHint(rest: string): string {
  const expected = 'expected [registry/]repository[:tag][@digest]';
  const name = /^[^:@]*/.exec(rest)?.[0] ?? '';
  if (/[A-Z]/.test(name) && restShape.test(rest.replace(name, name.toLowerCase())))
    return `repository names are lower case: did you mean "${name.toLowerCase().slice(0, 100)}"?`;
  if (rest.endsWith(':')) return `the colon is not followed by a tag; ${expected}`;
  return expected;
}

function digestHint(digest: string): string {
  if (/^sha(?:256|384|512):[0-9a-fA-F]+$/.test(digest) && /[A-F]/.test(digest)) return 'digests are lower case';
  return 'the digest must be sha256:, sha384: or sha512: and all its digits in lower-case hexadecimal';
}

function refuse(text: string, why: string): OciError {
  return new OciError('invalid-reference', `not an image reference: ${why}`, {
    actual: withoutPassword(String(text)).slice(0, 200),
  });
}

/** The part before the @ of a host may be a password, so it never appears in a message. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^/]*@(?=[^@]*\/)/i, '$1');
}
