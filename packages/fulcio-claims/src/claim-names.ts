/** The private arc of Fulcio's extensions (fulcio `docs/oid-info.md`). */
export const FULCIO_ARC: string = '1.3.6.1.4.1.57264.1';

/** This package's name of a claim. */
export type ClaimName =
  | 'issuer'
  | 'githubWorkflowTrigger'
  | 'githubWorkflowSha'
  | 'githubWorkflowName'
  | 'githubWorkflowRepository'
  | 'githubWorkflowRef'
  | 'buildSignerUri'
  | 'buildSignerDigest'
  | 'runnerEnvironment'
  | 'sourceRepositoryUri'
  | 'sourceRepositoryDigest'
  | 'sourceRepositoryRef'
  | 'sourceRepositoryIdentifier'
  | 'sourceRepositoryOwnerUri'
  | 'sourceRepositoryOwnerIdentifier'
  | 'buildConfigUri'
  | 'buildConfigDigest'
  | 'buildTrigger'
  | 'runInvocationUri'
  | 'sourceRepositoryVisibilityAtSigning'
  | 'deploymentEnvironment'
  | 'tokenSubject';

/** The extension of each claim. The issuer's is the current one, 1.8; certificates before 2023 only have 1.1. */
export const CLAIM_OIDS: Readonly<Record<ClaimName, string>> = {
  issuer: `${FULCIO_ARC}.8`,
  githubWorkflowTrigger: `${FULCIO_ARC}.2`,
  githubWorkflowSha: `${FULCIO_ARC}.3`,
  githubWorkflowName: `${FULCIO_ARC}.4`,
  githubWorkflowRepository: `${FULCIO_ARC}.5`,
  githubWorkflowRef: `${FULCIO_ARC}.6`,
  buildSignerUri: `${FULCIO_ARC}.9`,
  buildSignerDigest: `${FULCIO_ARC}.10`,
  runnerEnvironment: `${FULCIO_ARC}.11`,
  sourceRepositoryUri: `${FULCIO_ARC}.12`,
  sourceRepositoryDigest: `${FULCIO_ARC}.13`,
  sourceRepositoryRef: `${FULCIO_ARC}.14`,
  sourceRepositoryIdentifier: `${FULCIO_ARC}.15`,
  sourceRepositoryOwnerUri: `${FULCIO_ARC}.16`,
  sourceRepositoryOwnerIdentifier: `${FULCIO_ARC}.17`,
  buildConfigUri: `${FULCIO_ARC}.18`,
  buildConfigDigest: `${FULCIO_ARC}.19`,
  buildTrigger: `${FULCIO_ARC}.20`,
  runInvocationUri: `${FULCIO_ARC}.21`,
  sourceRepositoryVisibilityAtSigning: `${FULCIO_ARC}.22`,
  deploymentEnvironment: `${FULCIO_ARC}.23`,
  tokenSubject: `${FULCIO_ARC}.24`,
};

/** The deprecated issuer extension, raw text instead of DER. */
export const ISSUER_V1_OID: string = `${FULCIO_ARC}.1`;

/** Identifies Fulcio's user name inside a subject alternative name; never an extension of its own. */
export const OTHER_NAME_OID: string = `${FULCIO_ARC}.7`;

/** The claim of each extension, both issuers included. */
export const claimNames: Readonly<Record<string, ClaimName>> = {
  [ISSUER_V1_OID]: 'issuer',
  ...Object.fromEntries(Object.entries(CLAIM_OIDS).map(([name, oid]) => [oid, name as ClaimName])),
};
