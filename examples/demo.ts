// The article in one command: triangulate → certificate → who it says it is → verify → the log entry.
// `pnpm demo` walks it on an embedded registry; `pnpm demo ghcr.io/…` walks it on any registry, with the public-good trust root.
import { decodeCertificate, isClaimsError } from '@sigtrail/fulcio-claims';
import { parseImageLocator, signatureTag, type Triangulated, triangulate } from '@sigtrail/triangulate';
import { createOciClient } from 'oci-client-lite';
import {
  type AcceptedSignature,
  evaluateImage,
  type ImageReport,
  inspectImage,
  isSigtrailError,
  type VerifyImageOptions,
  verifyImage,
} from 'sigtrail';
import { checkToText, inspectionToText, safeText } from 'sigtrail/report';
import { SIGNER, startEmbeddedRegistry } from './embedded-registry.ts';

function step(title: string, replaces: string): void {
  console.log(`\n── ${title}\n   (instead of: ${replaces})`);
}

async function walkToCertificate(reference: string): Promise<void> {
  const client = createOciClient();
  try {
    step('1. Where is the signature?', 'cosign triangulate');
    const found = await triangulate(reference, { client, want: ['signatures'] });
    const { graph } = found;
    console.log(`   image      ${graph.pinned}`);
    console.log(`   cosign's answer would be ${graph.repository}:${signatureTag(graph.digest)}`);
    for (const { kind, name, answer } of graph.locations) console.log(`   ${answer.padEnd(11)}${kind} ${name}`);
    for (const find of graph.finds)
      console.log(`   found      ${find.kind} by ${find.carrier}, manifest ${find.manifestDigest}`);
    step('2. The certificate in it, and who it says it is', 'crane manifest … | jq … | openssl x509 -text');
    for (const certificate of certificatesIn(found)) showCertificate(certificate);
  } finally {
    await client.close();
  }
}

/** The certificates that the finds carry: an annotation of a `.sig` layer, or a field of a bundle. */
function certificatesIn({ graph, contents }: Triangulated): readonly (string | Uint8Array)[] {
  return graph.finds.flatMap((find): readonly (string | Uint8Array)[] => {
    const annotation = find.unsignedAnnotations['dev.sigstore.cosign/certificate'];
    if (annotation !== undefined && annotation !== '') return [annotation];
    const bytes =
      find.kind === 'sigstore-bundle' && find.layer !== undefined ? contents.get(find.layer.digest) : undefined;
    if (bytes === undefined) return [];
    const bundle = JSON.parse(Buffer.from(bytes).toString('utf8')) as {
      verificationMaterial?: { certificate?: { rawBytes?: string } };
    };
    const raw = bundle.verificationMaterial?.certificate?.rawBytes;
    return raw === undefined ? [] : [Buffer.from(raw, 'base64')];
  });
}

/** Anyone can push a broken certificate beside a good one; that must not end the walk. */
function showCertificate(certificate: string | Uint8Array): void {
  try {
    printCertificate(certificate);
  } catch (error) {
    if (!isClaimsError(error)) throw error;
    console.log(`   *unreadable* certificate   ${safeText(error.message)}`);
  }
}

function printCertificate(certificate: string | Uint8Array): void {
  const { claims, subjectAlternativeNames, notBefore, notAfter } = decodeCertificate(certificate);
  const show = (name: string, value: string | undefined): void => {
    if (value !== undefined) console.log(`   *unverified* ${name.padEnd(20)} ${safeText(value)}`);
  };
  for (const { kind, value } of subjectAlternativeNames) show(`identity (${kind})`, value);
  show('issuer', claims.issuer);
  show('workflow', claims.githubWorkflowName);
  show('repository', claims.sourceRepositoryUri ?? claims.githubWorkflowRepository);
  show('ref', claims.sourceRepositoryRef ?? claims.githubWorkflowRef);
  show('commit', claims.sourceRepositoryDigest ?? claims.githubWorkflowSha);
  show('trigger', claims.buildTrigger ?? claims.githubWorkflowTrigger);
  show('run', claims.runInvocationUri);
  show('valid', `${notBefore} to ${notAfter}`);
}

function printChecks(report: ImageReport): void {
  for (const candidate of report.candidates) {
    console.log(
      `   ${candidate.accepted ? 'ACCEPTED' : `REFUSED (${candidate.refusedBecause})`} ${candidate.format} ${candidate.id}`,
    );
    for (const check of candidate.checks) console.log(`     ${checkToText(check)}`);
  }
}

function printLog({ log, times }: AcceptedSignature): void {
  for (const entry of log) {
    console.log(`   log index        ${entry.logIndex} of ${entry.log} (${entry.kind})`);
    console.log(`   UUID             ${entry.uuid ?? 'not derivable: a promise (SET) names no tree'}`);
    console.log(`   integrated time  ${entry.integratedTime ?? 'none: Rekor v2 leaves time to timestamp authorities'}`);
    console.log(
      `   inclusion proof  ${entry.inclusionProof === 'verified' ? `verified here, at tree size ${entry.treeSize}` : 'not in this format'}; the log's promise (SET): ${entry.inclusionPromise}`,
    );
    console.log(`   search           ${entry.searchUrl ?? 'no page: search.sigstore.dev knows the public log only'}`);
  }
  for (const { time, source, authority } of times)
    console.log(`   existed by       ${time}, says ${source} ${authority}`);
}

async function verifyAndTrack(reference: string, options: VerifyImageOptions): Promise<boolean> {
  step('3. Verify: every check by name', 'cosign verify');
  const image = await verifyImage(reference, { signedBy: SIGNER }, options);
  printChecks(image.report);
  console.log(`   deploy     ${image.reference}`);
  step(
    '4. Where is that on record?',
    "jq '.[].optional.Bundle.Payload.logIndex', and a browser tab on the Rekor search page",
  );
  for (const signature of image.signatures) printLog(signature);
  return image.signatures.length > 0;
}

async function refused(
  title: string,
  reference: string,
  subject: string,
  options: VerifyImageOptions,
): Promise<boolean> {
  step(title, 'cosign verify, and guessing why');
  try {
    await verifyImage(reference, { signedBy: { ...SIGNER, subject } }, options);
    console.log('   ACCEPTED, which is wrong');
    return false;
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    console.log(`   SigtrailError ${error.code}: ${error.message}`);
    const report = await evaluateImage(reference, { signedBy: { ...SIGNER, subject } }, options);
    for (const { checks } of report.candidates)
      for (const check of checks.filter(({ status }) => status === 'failed')) console.log(`     ${checkToText(check)}`);
    return error.code === 'no-match';
  }
}

async function walkEmbedded(): Promise<boolean> {
  const { registry, trust } = await startEmbeddedRegistry();
  try {
    const answers: boolean[] = [];
    for (const name of ['legacy-keyless-github', 'bundle-keyless-github']) {
      const reference = `${registry.host}/acme/${name}:v1`;
      console.log(
        `\n════ ${reference}: ${name.startsWith('legacy') ? 'signed by cosign 2, a .sig tag' : 'signed by cosign 3, a Sigstore bundle'}`,
      );
      await walkToCertificate(reference);
      answers.push(await verifyAndTrack(reference, { trust }));
      answers.push(
        await refused(
          '5. The same image, asked for another identity',
          reference,
          'https://github.com/acme/other/.github/workflows/release.yml@refs/tags/v1.2.3',
          { trust },
        ),
      );
    }
    answers.push(
      await refused(
        '6. An image whose signed payload was edited',
        `${registry.host}/acme/neg-payload-edited:v1`,
        SIGNER.subject,
        { trust },
      ),
    );
    return answers.every(Boolean);
  } finally {
    await registry.close();
  }
}

async function walkAnywhere(reference: string): Promise<boolean> {
  parseImageLocator(reference);
  await walkToCertificate(reference);
  step(
    '3. What can be proven without a policy',
    'cosign verify --certificate-identity-regexp .* …, which accepts anybody',
  );
  const inspection = await inspectImage(reference);
  console.log(inspectionToText(inspection));
  for (const { checks } of inspection.candidates) for (const check of checks) console.log(`     ${checkToText(check)}`);
  return true;
}

const [reference] = process.argv.slice(2);
try {
  const ok = await (reference === undefined ? walkEmbedded() : walkAnywhere(reference));
  if (!ok) console.log('\nSomething did not behave as it should.');
  else
    console.log(
      reference === undefined
        ? '\nDone: accepted what was signed, refused what was not.'
        : '\nDone: this is what is there. Whether to run it is for a policy to say: verifyImage(reference, { signedBy }).',
    );
  process.exitCode = ok ? 0 : 1;
} catch (error) {
  console.error(`demo: ${error instanceof Error ? safeText(error.message) : 'unknown error'}`);
  process.exitCode = 1;
}
