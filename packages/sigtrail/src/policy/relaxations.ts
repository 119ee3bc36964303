/** What a policy relaxes, in the words of the report. */
export const ROOT_ACCEPTED = 'a bundle before v0.3 may carry the trusted root that its certificate chains to';
export const MANIFESTS_ACCEPTED = 'a signature of an image’s attestation manifest counts as one of the image';
export const TIMESTAMPS_IGNORED = 'timestamp annotations of .sig layers are ignored';
export const ANY_SIGNER = 'any signer is accepted';
