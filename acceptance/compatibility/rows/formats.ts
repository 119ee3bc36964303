import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type BundleOptions,
  type CertificateOptions,
  createLog,
  createSigstore,
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type TransparencyLog,
} from '@sigtrail/testing';
import { type BundlePolicy, evaluateImage, githubWorkflow, isSigtrailError, verifyBundle } from 'sigtrail';
import { attested, vsa } from 'sigtrail/policy';
import { createDockerImage, SLSA, SPDX } from '../../../packages/sigtrail/test/docker-image.ts';
import { createImage } from '../../../packages/sigtrail/test/image-under-test.ts';
import type { CompatibilityRow } from '../row.ts';

const now = new Date('2026-03-01T12:00:00Z');
const artifact = Buffer.from('the artifact');
const signedBy = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const VSA = 'https://slsa.dev/verification_summary/v1';
const cosign = 'cosign 2.6.5, 3.1.2';
const both = (answer: string): { readonly tool: string; readonly answer: string } => ({ tool: cosign, answer });
const docker = 'Images signed Docker’s way';
const retired = 'Forms of entry that Rekor v2 stopped writing';

/** Formats that are in use, and that we had not recognised. */
export const FORMATS: readonly CompatibilityRow[] = [
  {
    name: 'docker-attested',
    topic: docker,
    input:
      'an index whose attestation manifests are signed, each with provenance and SBOM; asked for provenance of each platform',
    before: 'unsigned',
    ours: 'accepted',
    ask: async () => dockerAnswer(attested('slsaprovenance1', signedBy)),
    peers: [both('—: they look beside the manifest that is named, never beside the attestation manifests of an index')],
    because:
      'a signature covers the attestation manifest, whose layers name the platform manifest: hashes are the proof',
  },
  {
    name: 'docker-as-signature',
    topic: docker,
    input: 'the same, asked for a signature',
    before: 'unsigned',
    ours: 'refused: only-attestations',
    ask: async () => dockerAnswer({ signedBy }),
    peers: [both('—: as above')],
  },
  {
    name: 'github-api',
    topic: 'GitHub’s attestation API',
    input: 'an image whose attestation is nowhere but in GitHub’s API, which is asked',
    before: 'unsigned',
    ours: 'accepted',
    ask: githubAnswer,
    peers: [both('—: they have no such source')],
    because: 'the API is one more location, and is asked only where the user says so',
  },
  {
    name: 'vsa',
    topic: 'Verification summaries (VSA)',
    input: 'a summary that says `PASSED` and the level that is asked for',
    before: 'accepted, as a predicate that is not read',
    ours: 'accepted',
    ask: async () => summaryAnswer('PASSED'),
    peers: [both('—: the type can be asked for by its URI; what it says is for a Rego or CUE policy')],
    because: 'what a summary says is typed, and compared',
  },
  {
    name: 'vsa-failed',
    topic: 'Verification summaries (VSA)',
    input: 'a summary that says `FAILED`',
    before: 'accepted, as a predicate that is not read',
    ours: 'refused: predicate-mismatch',
    ask: async () => summaryAnswer('FAILED'),
    peers: [both('—: as above')],
  },
  {
    name: 'ml-dsa',
    topic: 'ML-DSA keys',
    input: 'a bundle that an `ml-dsa-65` key signed (Node 24.7 and later)',
    before: 'the key is of a type that is not supported',
    ours: 'accepted',
    ask: async () => {
      const key = generateKeyPair('ml-dsa-65');
      return bundleAnswer(() => ({ signer: key }), { signedBy: { key: key.pem } });
    },
    peers: [both('refused: x509: unknown public key algorithm')],
    because: 'the algorithm registry of Sigstore has these keys',
  },
  {
    name: 'dsse-002-private-log',
    topic: retired,
    input: 'an envelope logged as `dsse` 0.0.2 in a private log',
    before: 'accepted',
    ours: 'accepted',
    ask: async () => retiredAnswer('log2026-1.rekor.acme.test'),
    peers: [{ tool: 'sigstore-go 1.4.0 (by its source)', answer: 'refused' }],
    because: 'a private log may run an older server; its trusted root can say `refuseRetiredEntries`',
  },
  {
    name: 'dsse-002-new-shard',
    topic: retired,
    input: 'the same in a shard of Sigstore’s that started after the server stopped writing it',
    before: 'accepted',
    ours: 'refused: log-entry-retired',
    ask: async () => retiredAnswer('log2027-1.rekor.sigstore.dev'),
    peers: [{ tool: 'sigstore-go 1.4.0 (by its source)', answer: 'refused' }],
  },
  {
    name: 'ghe-host',
    topic: 'GitHub Enterprise with data residency',
    input: 'a workflow of `acme.ghe.com`, by `githubWorkflow({ host })`',
    before: 'refused: issuer-mismatch',
    ours: 'accepted',
    ask: async () => gheAnswer(),
    peers: [both('—: accepted where issuer and identity are written out; they have no word for it')],
    because: 'one word fills in issuer, workflow and repository',
  },
];

async function dockerAnswer(policy: Parameters<typeof evaluateImage>[1]): Promise<string> {
  const image = await createDockerImage();
  try {
    const platforms = ['amd64', 'arm64'].map((name) => image.platform(name));
    const manifests = platforms.map(({ digest }) => image.attestation(digest, image.statements(digest, [SLSA, SPDX])));
    for (const manifest of manifests) image.sign(manifest);
    image.index([...platforms, ...manifests]);
    const report = await evaluateImage(image.reference, policy, { ...image.options, platforms: 'each' });
    if (report.verdict === 'verified') return 'accepted';
    return report.verdict === 'rejected' ? `refused: ${report.reason}` : report.verdict;
  } finally {
    await image.close();
  }
}

async function githubAnswer(): Promise<string> {
  const image = await createImage(now);
  const predicateType = 'https://slsa.dev/provenance/v1';
  const predicate = {
    buildDefinition: { buildType: 't', externalParameters: {} },
    runDetails: { builder: { id: 'b' } },
  };
  const statement = { imageDigest: image.digest, predicateType, predicate };
  const bundle = image.sigstore.signBundle({ statement, signer: image.signer });
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ attestations: [{ bundle }] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const apiUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const github = { repository: 'acme/app', apiUrl };
    const policy = attested('slsaprovenance1', signedBy);
    const { verdict } = await evaluateImage(image.reference, policy, { ...image.options, github });
    return verdict === 'verified' ? 'accepted' : verdict;
  } finally {
    await image.close();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function summaryAnswer(verificationResult: string): Promise<string> {
  const image = await createImage(now);
  try {
    const predicate = {
      verifier: { id: 'https://acme.test/verifier' },
      timeVerified: now.toISOString(),
      resourceUri: image.reference,
      policy: { uri: 'https://acme.test/policy' },
      verificationResult,
      verifiedLevels: ['SLSA_BUILD_LEVEL_3'],
    };
    const statement = { imageDigest: image.digest, predicateType: VSA, predicate };
    image.attachBundle(image.sigstore.signBundle({ statement, signer: image.signer }));
    const asked = vsa({ verifierId: 'https://acme.test/verifier', levels: ['SLSA_BUILD_LEVEL_2'] });
    const report = await evaluateImage(image.reference, attested('vsa', signedBy, asked), image.options);
    if (report.verdict === 'verified') return 'accepted';
    return `refused: ${report.candidates.map(({ refusedBecause = '' }) => refusedBecause).join()}`;
  } finally {
    await image.close();
  }
}

type Made = Partial<Pick<BundleOptions, 'signer' | 'logs' | 'timestamps'>>;

async function bundleAnswer(
  make: (sigstore: FakeSigstore) => Made | Promise<Made>,
  policy: BundlePolicy,
  logs?: readonly TransparencyLog[],
): Promise<string> {
  const sigstore = await createSigstore({ now });
  const signer = await sigstore.issueCertificate();
  const statement = { imageDigest: `sha256:${createHash('sha256').update(artifact).digest('hex')}` };
  const bundle = sigstore.signBundle({ statement, signer, ...(await make(sigstore)) });
  const trust = { json: JSON.stringify(sigstore.trustedRoot(logs === undefined ? {} : { logs })) };
  return verifyBundle(bundle, artifact, policy, { trust, now: () => now }).then(() => 'accepted', codeOf);
}

async function retiredAnswer(host: string): Promise<string> {
  const log = createLog({ now, version: 2, host });
  return bundleAnswer(({ tsa }) => ({ logs: [{ log, kind: 'dsse' }], timestamps: [tsa] }), { signedBy }, [log]);
}

async function gheAnswer(): Promise<string> {
  const rule = githubWorkflow({
    repository: 'acme/app',
    workflow: 'release.yml',
    ref: 'refs/tags/v1',
    host: 'acme.ghe.com',
  });
  const certificate: CertificateOptions = {
    issuer: 'https://token.actions.acme.ghe.com',
    san: [{ kind: 'uri', value: 'https://acme.ghe.com/acme/app/.github/workflows/release.yml@refs/tags/v1' }],
    claims: {
      '1.3.6.1.4.1.57264.1.12': 'https://acme.ghe.com/acme/app',
      '1.3.6.1.4.1.57264.1.14': 'refs/tags/v1',
    },
  };
  return bundleAnswer(async (sigstore) => ({ signer: await sigstore.issueCertificate(certificate) }), {
    signedBy: rule,
  });
}

function codeOf(error: unknown): string {
  if (!isSigtrailError(error)) throw error;
  return `refused: ${error.candidate?.refusedBecause ?? error.code}`;
}
