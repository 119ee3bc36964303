import type { DenyList, TrustInput } from 'sigtrail';
import { type LogPart, trustRoot, type CertificateAuthorityPart } from 'sigtrail/trust';
import type { VerifyFlags } from './verify-flags.ts';
import { readInput } from './read-input.ts';
import { readRoots, type TrustFlags, trustedRootOf, tufFlagsIn } from './trust-flags.ts';
import { UsageError } from './usage-error.ts';

/** cosign's own names for trust that is kept in files. They say whom to trust; none of them takes a check away. */
const ENVIRONMENT = [
  'SIGSTORE_ROOT_FILE',
  'SIGSTORE_REKOR_PUBLIC_KEY',
  'SIGSTORE_CT_LOG_PUBLIC_KEY_FILE',
  'SIGSTORE_TSA_CERTIFICATE_FILE',
] as const;

/** Trust as flags and environment say it; `undefined`: the default. With a trusted root the environment is ignored, as in cosign. */
export async function trustOf(
  flags: TrustFlags &
    Partial<
      Pick<
        VerifyFlags,
        | 'caRoots'
        | 'caIntermediates'
        | 'certificateChain'
        | 'allowCertificateChain'
        | 'rekorUrl'
        | 'timestampCertificateChain'
      >
    >,
  warn: (line: string) => void = () => undefined,
): Promise<TrustInput | undefined> {
  const { trustedRoot, caRoots, caIntermediates, certificateChain, allowCertificateChain } = flags;
  const file = (name: (typeof ENVIRONMENT)[number]): string | undefined => process.env[name] || undefined;
  const own = [
    ['--ca-roots', caRoots],
    ['--ca-intermediates', caIntermediates],
    ['--certificate-chain', certificateChain],
  ].flatMap(([name, value]) => (value === undefined ? [] : [name]));
  const tsaChain = flags.timestampCertificateChain;
  const parts = tsaChain === undefined ? own : [...own, '--timestamp-certificate-chain'];
  const [whole = trustedRoot === undefined ? undefined : '--trusted-root'] = tufFlagsIn(flags);
  if (whole !== undefined && parts.length > 0)
    throw new UsageError(
      `${whole} and ${parts.join(', ')} exclude each other: put all of it into a trusted root (--trusted-root pki=FILE), or leave ${whole} out and name the keys of logs by SIGSTORE_REKOR_PUBLIC_KEY and the like (docs/environment.md)`,
    );
  if (trustedRoot !== undefined && allowCertificateChain === true) {
    if (flags.trustProfile !== undefined && flags.trustProfile !== CHAINS.profile)
      throw new UsageError('--allow-certificate-chain is of profile pki; leave --trust-profile out');
    const roots = await readRoots(trustedRoot, CHAINS.profile);
    if (roots.some(({ profile }) => profile !== CHAINS.profile))
      throw new UsageError('--allow-certificate-chain is of profile pki; name no other profile at --trusted-root');
    const [first, ...others] = roots.map(({ file }) => ({ file, ...CHAINS }));
    return first === undefined || others.length > 0 ? [...(first === undefined ? [] : [first]), ...others] : first;
  }
  const root = await trustedRootOf(flags);
  const set = ENVIRONMENT.filter((name) => file(name) !== undefined);
  if (root !== undefined && set.length > 0)
    warn(
      `note: ${set.join(', ')} of the environment ${set.length === 1 ? 'is' : 'are'} ignored beside ${whole ?? 'a trusted root'}`,
    );
  if (root !== undefined && allowCertificateChain !== true) return root;
  if (allowCertificateChain === true && certificateChain === undefined && caRoots === undefined)
    throw new UsageError(
      '--allow-certificate-chain needs a private PKI that may do so: --ca-roots, --certificate-chain or --trusted-root',
    );
  if (certificateChain !== undefined && own.length > 1)
    throw new UsageError('--certificate-chain and --ca-roots, --ca-intermediates exclude each other');
  if (caIntermediates !== undefined && caRoots === undefined)
    throw new UsageError('--ca-intermediates leads to --ca-roots, which is not given');
  if (parts.length === 0 && ENVIRONMENT.every((name) => file(name) === undefined)) return undefined;
  if (set.length > 0) warn(`note: trust comes from ${set.join(', ')} of the environment, as in cosign`);
  const rekor = await readEnvironment('SIGSTORE_REKOR_PUBLIC_KEY', file);
  const ct = await readEnvironment('SIGSTORE_CT_LOG_PUBLIC_KEY_FILE', file);
  const tsa =
    tsaChain === undefined
      ? await readEnvironment('SIGSTORE_TSA_CERTIFICATE_FILE', file)
      : await readInput('--timestamp-certificate-chain', tsaChain);
  return trustRoot.fromParts({
    certificateAuthorities: await authoritiesOf(flags, file('SIGSTORE_ROOT_FILE')),
    transparencyLogs: rekor === undefined ? [] : logsOf(rekor, flags.rekorUrl),
    certificateTransparencyLogs: ct === undefined ? [] : logsOf(ct),
    timestampAuthorities: tsa === undefined ? [] : [{ certificates: tsa }],
  });
}

/** Chains in bundles exist with profile `pki` only. It requires no SCT; `policyOf` requires it again, so that this flag doesn't imply another. */
const CHAINS = { profile: 'pki', relax: ['single-certificate'] } as const;

/** The profile is Fulcio's for every authority: a flag must name what a private authority lacks. */
async function authoritiesOf(
  flags: Parameters<typeof trustOf>[0],
  rootFile: string | undefined,
): Promise<readonly CertificateAuthorityPart[]> {
  const authorities = await ownAuthoritiesOf(flags, rootFile);
  return flags.allowCertificateChain === true ? authorities.map((part) => ({ ...part, ...CHAINS })) : authorities;
}

async function ownAuthoritiesOf(
  { caRoots, caIntermediates, certificateChain }: Parameters<typeof trustOf>[0],
  rootFile: string | undefined,
): Promise<readonly CertificateAuthorityPart[]> {
  const profile = 'fulcio';
  if (certificateChain !== undefined) {
    const chain = await readInput('--certificate-chain', certificateChain);
    return [poolOf(readPemCertificates(chain, '--certificate-chain'))];
  }
  if (caRoots !== undefined) {
    const anchors = await readInput('--ca-roots', caRoots);
    const intermediates =
      caIntermediates === undefined ? {} : { intermediates: await readInput('--ca-intermediates', caIntermediates) };
    return [{ anchors, ...intermediates, profile }];
  }
  if (rootFile === undefined) return [];
  return [poolOf(readPemCertificates(await readInput('SIGSTORE_ROOT_FILE', rootFile), 'SIGSTORE_ROOT_FILE'))];
}

/** cosign's chains: the last certificate is the anchor, the others lead to it. */
function poolOf(certificates: readonly string[]): CertificateAuthorityPart {
  const pem = (list: readonly string[]): string => list.map(toPem).join('\n');
  const others = certificates.slice(0, -1);
  return {
    anchors: pem(certificates.slice(-1)),
    ...(others.length === 0 ? {} : { intermediates: pem(others) }),
    profile: 'fulcio',
  };
}

function toPem(base64: string): string {
  return `-----BEGIN CERTIFICATE-----\n${base64.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----`;
}

/** A log is known by its key. Where its address is on the command line, the key is that log's. */
function logsOf(pem: string, baseUrl?: string): readonly LogPart[] {
  const blocks = pem.match(/-----BEGIN (?:RSA )?PUBLIC KEY-----[^-]+-----END (?:RSA )?PUBLIC KEY-----/g) ?? [];
  if (blocks.length === 0) throw new UsageError('expected PEM blocks "PUBLIC KEY" of logs');
  return blocks.map((publicKey) => ({ publicKey, ...(baseUrl === undefined ? {} : { baseUrl }) }));
}

async function readEnvironment(
  name: (typeof ENVIRONMENT)[number],
  file: (name: (typeof ENVIRONMENT)[number]) => string | undefined,
): Promise<string | undefined> {
  const path = file(name);
  return path === undefined ? undefined : readInput(name, path);
}

/** The certificates of PEM text, as base64 DER without line breaks. */
export function readPemCertificates(text: string, flag: string): readonly string[] {
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)];
  if (blocks.length === 0) throw new UsageError(`${flag} holds no PEM block "CERTIFICATE"`);
  return blocks.map(([, body]) => (body ?? '').replaceAll(/\s/g, ''));
}

/** A deny-list in JSON; the library checks what is in it. */
export async function readDenyList(file: string): Promise<DenyList> {
  try {
    return JSON.parse(await readInput('--deny-list', file)) as DenyList;
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`--deny-list ${file} is not JSON: ${error.message}`);
    throw error;
  }
}
