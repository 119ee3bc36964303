import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Command, CommanderError } from 'commander';
import { type BundlePolicy, type BundleSubject, isSigtrailError, verifyBundle } from 'sigtrail';
import { safeText } from 'sigtrail/report';
import type { Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';

interface Flags {
  readonly bundle: string;
  readonly staging?: boolean;
  readonly key?: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly trustedRoot?: string;
}

/**
 * The client protocol of sigstore-conformance (`docs/cli_protocol.md` there), its verifying half: exits 0 when the bundle is verified and 1
 * for everything else, with one line on stderr that says why.
 */
export async function conformance(argv: readonly string[], streams: Streams): Promise<0 | 1> {
  const program = new Command('sigtrail-conformance').helpCommand(false);
  const configure = (command: Command): Command =>
    command.exitOverride().configureOutput({ writeOut: streams.stdout, writeErr: streams.stderr });
  configure(program);
  configure(program.command('verify-bundle'))
    .requiredOption('--bundle <file>')
    .option('--staging')
    .option('--key <file>')
    .option('--certificate-identity <identity>')
    .option('--certificate-oidc-issuer <url>')
    .option('--trusted-root <file>')
    .argument('<file-or-digest>')
    .action(verify);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    if (!isSigtrailError(error) && !(error instanceof UsageError) && !isOptionOrFileError(error)) throw error;
    streams.stderr(`sigtrail-conformance: ${safeText(error.message)}\n`);
    return 1;
  }
}

async function verify(fileOrDigest: string, flags: Flags): Promise<void> {
  if (flags.staging === true && flags.trustedRoot === undefined)
    throw new UsageError('--staging needs --trusted-root FILE: only the public-good root is built in');
  await verifyBundle(
    await readFile(flags.bundle),
    await subjectOf(fileOrDigest),
    await policyOf(flags),
    flags.trustedRoot === undefined ? {} : { trust: { file: flags.trustedRoot } },
  );
}

// The protocol's own rule: a digest has the prefix and the right length, and no file on disk has that name; everything else is a path.
async function subjectOf(fileOrDigest: string): Promise<BundleSubject> {
  if (/^sha256:[0-9a-fA-F]{64}$/.test(fileOrDigest) && !existsSync(fileOrDigest))
    return `sha256:${fileOrDigest.slice('sha256:'.length).toLowerCase()}`;
  return readFile(fileOrDigest);
}

async function policyOf(flags: Flags): Promise<BundlePolicy> {
  const { key, certificateIdentity: subject, certificateOidcIssuer: issuer } = flags;
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
