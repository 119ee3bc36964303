/** The image that tests watch. */
export const DIGEST = `sha256:${'ab'.repeat(32)}`;
export const REPOSITORY = 'registry.fake.test/acme/app';
