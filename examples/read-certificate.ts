// What does a signing certificate say about its owner? `@sigtrail/fulcio-claims` alone: nothing here is verified.
import { decodeCertificate, describeIdentity } from '@sigtrail/fulcio-claims';
import { createSigstore, pushImage, startRegistry } from '@sigtrail/testing';

const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
const { reference } = pushImage(registry, 'acme/app:v1');
const { signer } = await sigstore.signImage(registry, reference, { as: { githubWorkflow: { ref: 'refs/tags/v1.4' } } });
const pem = signer.pem; // yours is read from disk, or from a bundle

const { claims, subjectAlternativeNames, notBefore, notAfter } = decodeCertificate(pem);
console.log('subject', subjectAlternativeNames[0]?.value);
console.log('issuer', claims.issuer);
console.log('valid', notBefore, 'to', notAfter);
console.log(describeIdentity(claims, subjectAlternativeNames));

await registry.close();
