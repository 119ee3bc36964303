/**
 * Who may import whom, and what each package may make its users install. Tested in `boundaries.test.ts`; a change here is a design
 * decision, so it carries its reason.
 */

/** The packages of this workspace that each package's sources may import: the arrows of the design, and nothing against them. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  '@sigtrail/encoding': [],
  // How options are refused: one kind of TypeError, with one list of codes, at every door.
  '@sigtrail/http': ['@sigtrail/encoding'],
  'oci-client-lite': ['@sigtrail/http', '@sigtrail/encoding'],
  '@sigtrail/triangulate': ['oci-client-lite', '@sigtrail/encoding'],
  // The same.
  '@sigtrail/fulcio-claims': ['@sigtrail/encoding'],
  '@sigtrail/rekor': ['@sigtrail/http', '@sigtrail/encoding'],
  sigtrail: [
    '@sigtrail/triangulate',
    'oci-client-lite',
    '@sigtrail/rekor',
    '@sigtrail/fulcio-claims',
    '@sigtrail/encoding',
    // A TUF mirror is neither a registry nor a log, but must be read within the same bounds.
    '@sigtrail/http',
  ],
  '@sigtrail/gate': ['sigtrail', 'oci-client-lite', '@sigtrail/encoding'],
  // References of Pods are parsed before the verifier sees them, because it would read a layout from disk. The API server is read within the same bounds as everything else.
  '@sigtrail/admission': ['@sigtrail/gate', 'sigtrail', 'oci-client-lite', '@sigtrail/http', '@sigtrail/encoding'],
  // Its log commands speak to one log and to no image, so the facade would add nothing.
  // A key at an https:// address is read by the command itself: the library takes keys, and asks for none.
  // It reads the files of containerd and Podman that a flag names before it makes a verifier.
  // It loads the gate and the fleet if they are installed beside it: optional peers, not dependencies.
  '@sigtrail/cli': [
    'sigtrail',
    '@sigtrail/fleet',
    '@sigtrail/gate',
    'oci-client-lite',
    '@sigtrail/rekor',
    '@sigtrail/fulcio-claims',
    '@sigtrail/http',
    '@sigtrail/encoding',
  ],
  // It resolves tags before it asks the facade, so it parses references and connects to registries by oci-client-lite.
  '@sigtrail/fleet': ['sigtrail', 'oci-client-lite', '@sigtrail/encoding'],
  // Anything: nothing published needs it at run time, so it can't close a circle.
  '@sigtrail/testing': [
    '@sigtrail/encoding',
    '@sigtrail/http',
    'oci-client-lite',
    '@sigtrail/triangulate',
    '@sigtrail/fulcio-claims',
    '@sigtrail/rekor',
    'sigtrail',
  ],
};

/** Published as one file: what these packages depend on is in it, so npm installs nothing beside them. */
export const bundledCommands: readonly string[] = ['@sigtrail/cli'];

/** The third-party packages that each package may depend on at run time, each with the reason it is worth its weight. */
export const runtimeDependencies: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '@sigtrail/encoding': {},
  '@sigtrail/http': {
    undici:
      'a dispatcher with a connect hook: the address guard must see the address that is dialled, which global fetch hides',
  },
  'oci-client-lite': {
    zod: 'shapes of manifests and options, checked by the schema that documents them',
    'lru-cache': 'token and blob caches with a byte bound',
    'toml-eslint-parser':
      'hosts.toml and registries.conf with line and column of every key, which other TOML readers only have for errors; loaded when readRegistryFiles is called',
  },
  '@sigtrail/triangulate': {
    zod: 'the schema of the published result',
  },
  '@sigtrail/fulcio-claims': {
    zod: 'the schema of the published result',
  },
  '@sigtrail/rekor': {
    zod: 'shapes of log answers and entry bodies',
  },
  sigtrail: {
    '@noble/curves': 'curves and hashes that node:crypto leaves out of a verification we must do ourselves',
    '@sigstore/bundle': 'the second judge’s own reader of bundles',
    '@sigstore/core': 'its ASN.1, X.509 and RFC 3161 readers',
    '@sigstore/protobuf-specs': 'the second judge’s own reader of trusted roots',
    '@sigstore/verify': 'the second judge: both must accept',
    '@tufjs/models':
      'the signed documents of TUF and their signatures; behind `tufTrust()`, loaded when it is asked. tuf-js around it has no seam for storage or clock',
    yaml: 'policy files for people, read with line and column; behind `sigtrail/policy-file` only, no dependencies of its own',
    snappyjs:
      'bundles that GitHub’s attestation API keeps elsewhere are compressed so; loaded when it is asked, no dependencies of its own',
    re2js: 'linear-time matching of identity patterns that a user writes and an attacker feeds',
    zod: 'options from people, and the schema of the report',
  },
  '@sigtrail/gate': {
    'dockerfile-ast':
      'instructions, flags, heredocs and directives of a Dockerfile with their ranges, as the editors of Docker read them',
    yaml: 'manifests with the place of every node, so that a pin changes the bytes of a reference and no others',
    zod: 'shapes of policy maps and lock files from people',
  },
  '@sigtrail/admission': {
    'prom-client': 'metrics in the format of Prometheus, by the library that Node services use for it',
    yaml: 'settings from people, read with line and column',
    zod: 'settings from people, and what the API server and Gatekeeper send',
  },
  '@sigtrail/cli': {
    commander:
      'flags of cosign’s shape: repeated, valued and unknown ones told apart, with help; no dependencies of its own',
  },
  '@sigtrail/fleet': {
    bullmq: 'the queue: jobs that survive their workers, retries, schedules',
    'cron-parser': 'whether a run that Redis says is due is at a time of its schedule; bullmq reads schedules with it',
    'prom-client':
      'metrics in the format of Prometheus, as @sigtrail/admission has them; behind `@sigtrail/fleet/metrics` only',
    ioredis: 'the client of Redis that bullmq has; what workers share besides jobs goes through it, too',
    'rate-limiter-flexible': 'one count of requests to a registry for all workers, in Redis or, without it, in memory',
    zod: 'the shape of a job, which anybody who can write to Redis could have written',
  },
  '@sigtrail/testing': {
    '@noble/curves': 'signs Ed25519ph, which node:crypto leaves out',
    '@peculiar/x509': 'mints the certificates of the Sigstore in memory',
    '@tufjs/models': 'signs the documents of the TUF repository on loopback',
    'reflect-metadata': '@peculiar/x509 needs it imported first',
  },
};

/** Packages that one entry needs and only its users install: optional peers, each with its reason. */
export const optionalPeers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  sigtrail: {
    '@opentelemetry/api': 'spans belong to the one API of the program; behind `sigtrail/opentelemetry` only',
  },
  '@sigtrail/fleet': { '@opentelemetry/api': 'the same, of jobs; behind `@sigtrail/fleet/opentelemetry` only' },
};

/** Files outside the CLI that may read `process.env`: only for variables that users of registries expect to work. */
export const environmentReaders: Readonly<Record<string, string>> = {
  'packages/oci-client-lite/src/auth/client-credentials.ts':
    'where docker and podman keep credentials: DOCKER_CONFIG, DOCKER_AUTH_CONFIG, REGISTRY_AUTH_FILE, XDG_*, HOME, PATH',
  'packages/oci-client-lite/src/registry/client-http.ts': 'the proxy variables that every program follows',
  'packages/oci-client-lite/src/listings/way.ts':
    'the same proxy variables, to share no listing with a process behind another proxy',
  'packages/oci-client-lite/src/auth/config-location.ts':
    'asks the system for the home directory only when the environment is the real one',
  'packages/oci-client-lite/src/auth/credential-helper.ts':
    'docker-credential-* programs expect the environment of their user',
  'packages/rekor/src/client/open-http.ts': 'the proxy variables that every program follows',
};
