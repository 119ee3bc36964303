/** The project's address, and the only place to change it. Every manifest, and every link in a package's README, follows. */
export const REPOSITORY = 'https://github.com/sigtrail/sigtrail';

const COMMON = ['sigstore', 'container', 'oci'];

/** What people who need the package search npm for. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  sigtrail: [...COMMON, 'cosign', 'signature', 'verify', 'image', 'provenance', 'slsa', 'supply-chain'],
  cli: [...COMMON, 'cosign', 'signature', 'verify', 'image', 'cli', 'supply-chain'],
  gate: [...COMMON, 'verify', 'image', 'policy', 'pin', 'dockerfile', 'compose', 'kubernetes'],
  admission: [...COMMON, 'kubernetes', 'admission', 'webhook', 'gatekeeper', 'policy', 'supply-chain'],
  'oci-client-lite': ['oci', 'docker', 'registry', 'container', 'client', 'manifest', 'referrers'],
  triangulate: [...COMMON, 'cosign', 'attestation', 'sbom', 'referrers'],
  rekor: ['sigstore', 'rekor', 'transparency-log', 'inclusion-proof', 'merkle-tree', 'checkpoint'],
  'fulcio-claims': ['sigstore', 'fulcio', 'certificate', 'x509', 'oidc', 'claims'],
  fleet: [...COMMON, 'signature', 'verify', 'queue', 'bullmq', 'redis', 'valkey'],
  http: ['http', 'ssrf', 'retry', 'deadline', 'undici'],
  encoding: ['json', 'base64', 'strict'],
  testing: [...COMMON, 'registry', 'mock', 'fake', 'test'],
};

/** JSON Schemas that a package publishes beside its code. */
const SCHEMAS: Readonly<Record<string, readonly string[]>> = {
  sigtrail: ['policy.schema.json', 'report.schema.json'],
  gate: ['policy-map.schema.json'],
};

/** The fields that say whose a package is, for one folder of `packages/`. `pnpm -s run manifests` writes them; a test compares. */
export function manifestFields(folder: string): Readonly<Record<string, unknown>> {
  return {
    license: 'Apache-2.0',
    author: 'The Sigtrail authors',
    homepage: `${REPOSITORY}/tree/main/packages/${folder}#readme`,
    repository: { type: 'git', url: `git+${REPOSITORY}.git`, directory: `packages/${folder}` },
    bugs: { url: `${REPOSITORY}/issues` },
    keywords: KEYWORDS[folder],
    ...(folder === 'cli' ? BUNDLED : builtFields(folder)),
    engines: { node: '^22.22.2 || ^24.15.0 || >=26' },
  };
}

/** The command is published as one file, with all that it needs in it. */
const BUNDLED = {
  files: ['bundle'],
  scripts: { prepack: 'node --conditions=@sigtrail/source ../../tools/bundle-command.ts' },
} as const;

function builtFields(folder: string): Readonly<Record<string, unknown>> {
  return {
    files: [...(SCHEMAS[folder] ?? []), 'dist', '!**/*.tsbuildinfo'],
    scripts: { prepack: 'tsc -b' },
  };
}
