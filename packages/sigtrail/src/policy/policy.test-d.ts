// Nothing here runs: what must not compile is the test.
import { verifyImage } from '../verify-image.ts';
import { deny } from './callback.ts';
import { allOf, anyOf, atLeast, attested, notAffected, signedBy } from './compose.ts';
import type { IdentityRule, ImagePolicy, SignerRule } from './policy.ts';

const identity = { issuer: 'https://accounts.test', subject: 'a@acme.test' } as const;
const identityRule: IdentityRule = identity;

// A policy names a signer, and knows no other keys.
// @ts-expect-error no operator
export const empty: ImagePolicy = {};
// @ts-expect-error isuer
export const typo: ImagePolicy = { signedBy: { isuer: 'x', subject: 'y' } };
// @ts-expect-error no issuer
export const noIssuer: ImagePolicy = { signedBy: { subject: 'y' } };
// @ts-expect-error the danger takes the literal true
export const danger: ImagePolicy = { dangerouslyAcceptAnySigner: false };
// @ts-expect-error a RegExp is not a matcher
export const regExp: ImagePolicy = { signedBy: { issuer: 'x', subject: /y/ } };
// @ts-expect-error key or identity
export const both: SignerRule = { ...identity, key: 'pem' };
// @ts-expect-error one operator
export const twoOperators: ImagePolicy = { signedBy: identity, allOf: [] };
// @ts-expect-error of belongs to atLeast
export const stray: ImagePolicy = { signedBy: identity, of: [identity] };
// @ts-expect-error a claim is text
export const claim: ImagePolicy = { signedBy: { ...identity, buildTrigger: 1 } };
// @ts-expect-error an unknown claim
export const unknownClaim: ImagePolicy = { signedBy: { ...identity, buildTriger: 'push' } };
// @ts-expect-error a rule is not a policy
export const ruleAsPolicy: ImagePolicy = allOf(identity);
// @ts-expect-error a policy is not a rule
export const policyAsRule: ImagePolicy = atLeast(1, [signedBy(identity)]);
// @ts-expect-error an answer is true or deny()
export const answer: ImagePolicy = { signedBy: { ...identity, accept: () => false } };
// @ts-expect-error an answer is not left out
export const noAnswer: ImagePolicy = { signedBy: identity, acceptImage: () => undefined };
// @ts-expect-error a status of OpenVEX
export const vex: ImagePolicy = notAffected({ signedBy: identity, refuse: ['bad'] });

// Callbacks know what kind of signer their rule names.
export const claims: ImagePolicy = {
  signedBy: {
    issuer: 'https://accounts.test',
    subject: 'a@acme.test',
    accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another'),
  },
};
export const spread: ImagePolicy = allOf(
  signedBy({ ...identityRule, accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another') }),
);
export const fingerprint: ImagePolicy = {
  signedBy: { key: 'pem', accept: ({ signer }) => signer.fingerprint === 'a' || deny('another') },
};
export const keyClaims: ImagePolicy = {
  signedBy: {
    key: 'pem',
    accept: ({ signer }) => {
      // @ts-expect-error a key has no claims
      const { claims: none } = signer;
      return none === undefined || deny('another');
    },
  },
};

// Also where another rule is spread in, which tells the compiler no kind of rule, in every place where a rule can stand.
export const written: ImagePolicy = {
  signedBy: { ...identityRule, accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another') },
};
export const oneOf: ImagePolicy = {
  signedBy: [{ ...identityRule, accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another') }],
};
export const attestedBy: ImagePolicy = attested('vuln', {
  ...identityRule,
  accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another'),
});
export const nested: ImagePolicy = {
  allOf: [
    {
      attested: {
        type: 'vuln',
        signedBy: { ...identityRule, accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another') },
      },
    },
    { atLeast: 1, of: [{ ...identityRule, accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('no') }] },
  ],
};
export const list: readonly SignerRule[] = [identityRule];
export const listed: ImagePolicy = { signedBy: list };

// A predicate has the type of its name.
export const scan: ImagePolicy = attested(
  'vuln',
  identity,
  ({ metadata }) => metadata.scanFinishedOn > '2026' || deny('old'),
);
// @ts-expect-error vuln predicates have no builder
export const noBuilder: ImagePolicy = attested('vuln', identity, ({ builder }) => builder === 'x' || deny(''));

// What an accepted signature can be follows from the rules, through every operator.
export async function narrows(): Promise<void> {
  const one = await verifyImage('app', { signedBy: identity });
  const { claims: _ } = one.signatures[0].signer;
  const several = await verifyImage(
    'app',
    allOf(signedBy(identity), attested('vuln', identity), notAffected({ signedBy: { key: 'k' } })),
  );
  const { claims: __ } = several.signatures[0].signer;
  const threshold = await verifyImage('app', atLeast(1, [identity, identity]));
  const { claims: ___ } = threshold.signatures[0].signer;
  const asked = await verifyImage('app', {
    signedBy: { ...identityRule, accept: ({ signer }) => signer.claims.tokenSubject === 'a' || deny('another') },
  });
  void asked.signatures[0].signer.claims;
  const key = await verifyImage('app', { signedBy: { key: 'pem' } });
  const { fingerprint: ____ } = key.signatures[0].signer;
  const either = await verifyImage('app', anyOf(signedBy(identity), signedBy({ key: 'pem' })));
  // @ts-expect-error it may be a key
  const { claims: _____ } = either.signatures[0].signer;
  // @ts-expect-error claims of the certificate, never of a predicate
  const { builderId: ______ } = one.signatures[0].signer.claims;
  // @ts-expect-error a report is not a verified image
  const forged: typeof one = one.report;
  // @ts-expect-error nor is an object with the same members
  const written: typeof one = {
    reference: one.reference,
    repository: one.repository,
    digest: one.digest,
    signatures: one.signatures,
    report: one.report,
  };
  void [_, __, ___, ____, _____, ______, forged, written];
}
