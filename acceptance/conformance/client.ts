#!/usr/bin/env -S node --conditions=@sigtrail/source
import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type BundlePolicy, type BundleSubject, isSigtrailError, verifyBundle } from 'sigtrail';
import { safeText } from 'sigtrail/report';

/**
 * The client protocol of sigstore-conformance (`docs/cli_protocol.md` there), its verifying half:
 *
 *     client.ts verify-bundle [--staging] --bundle FILE (--certificate-identity ID --certificate-oidc-issuer URL | --key FILE) [--trusted-root FILE] FILE_OR_DIGEST
 *
 * Exits 0 when the bundle is verified and 1 for everything else, with one line that says why.
 */
export async function conformance(argv: readonly string[], print: (line: string) => void): Promise<0 | 1> {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true });
    const [command, fileOrDigest, ...more] = positionals;
    if (command !== 'verify-bundle') throw new UsageError(`the one command is verify-bundle, not ${command ?? 'none'}`);
    if (fileOrDigest === undefined || more.length > 0) throw new UsageError('name one file or digest');
    await verify(fileOrDigest, values);
    return 0;
  } catch (error) {
    if (!isSigtrailError(error) && !(error instanceof UsageError) && !isOptionOrFileError(error)) throw error;
    print(`sigtrail-conformance: ${safeText(error.message)}`);
    return 1;
  }
}

class UsageError extends Error {}

const FLAGS = {
  bundle: { type: 'string' },
  staging: { type: 'boolean' },
  key: { type: 'string' },
  'certificate-identity': { type: 'string' },
  'certificate-oidc-issuer': { type: 'string' },
  'trusted-root': { type: 'string' },
} as const;

type Flags = ReturnType<typeof parseArgs<{ readonly options: typeof FLAGS }>>['values'];

async function verify(fileOrDigest: string, flags: Flags): Promise<void> {
  const { bundle, 'trusted-root': trustedRoot } = flags;
  if (bundle === undefined) throw new UsageError('name the bundle: --bundle FILE');
  if (flags.staging === true && trustedRoot === undefined)
    throw new UsageError('--staging needs --trusted-root FILE: only the public-good root is built in');
  await verifyBundle(
    await readFile(bundle),
    await subjectOf(fileOrDigest),
    await policyOf(flags),
    trustedRoot === undefined ? {} : { trust: { file: trustedRoot } },
  );
}

// The protocol's own rule: a digest has the prefix and the right length, and no file on disk has that name; everything else is a path.
async function subjectOf(fileOrDigest: string): Promise<BundleSubject> {
  if (/^sha256:[0-9a-fA-F]{64}$/.test(fileOrDigest) && !existsSync(fileOrDigest))
    return `sha256:${fileOrDigest.slice('sha256:'.length).toLowerCase()}`;
  return readFile(fileOrDigest);
}

async function policyOf(flags: Flags): Promise<BundlePolicy> {
  const { key, 'certificate-identity': subject, 'certificate-oidc-issuer': issuer } = flags;
  if (key !== undefined) {
    if (subject !== undefined || issuer !== undefined)
      throw new UsageError('--key excludes --certificate-identity and --certificate-oidc-issuer');
    return { signedBy: { key: await readFile(key, 'utf8') } };
  }
  if (subject === undefined || issuer === undefined)
    throw new UsageError('name the signer: --certificate-identity with --certificate-oidc-issuer, or --key');
  return { signedBy: { subject, issuer } };
}

/** A file that can't be read, or a malformed key: a mistake in the command, not in this program. */
function isOptionOrFileError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error;
}

// Started as a program, and not imported by its tests.
if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
  process.exitCode = await conformance(process.argv.slice(2), (line) => void process.stderr.write(`${line}\n`));
