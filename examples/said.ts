/** What each program prints without arguments, run from the sources and from the installed packages. */
export const SAID: Readonly<Record<string, RegExp>> = {
  'cloud-registries.ts': /^(127\.0\.0\.1:\d+\/acme\/app@sha256:[0-9a-f]{64}\n?){3}$/,
  'deploy-pinned.ts':
    /^verified .*\ndeployed .*@sha256:[0-9a-f]{64}\nrefused: unsigned: .*\nnothing deployed\nwarning: unsigned: .*\ndeployed .*@sha256:[0-9a-f]{64}\nwarning: indeterminate: .*\nnothing deployed$/m,
  'errors.ts':
    /^no: every place.*\nno: identity-mismatch at signedBy: .*\nyes, as .*@sha256:[0-9a-f]{64}\nno(t now)?: /,
  'express-gate.ts': /^200 \{"deploy":"127.*@sha256:[0-9a-f]{64}"\}\n403 \{"code":"unsigned","reason":".+"\}$/m,
  'fastify-gate.ts':
    /^200 .*@sha256:[0-9a-f]{64}"\}\n403 .*"unsigned".*\n404 .*"image-not-found".*\n400 .*"invalid-reference".*\n503 30 .*"indeterminate"/,
  'hono-gate.ts': /^200 \{"deploy":"127.*@sha256:[0-9a-f]{64}"\}\n403 \{"code":"unsigned","reason":".+"\}$/m,
  'inspect-image.ts': /^signed by https:\/\/github\.com\/acme\/widgets\/.*@refs\/tags\/v1\.2\.3$/m,
  'list-referrers.ts':
    /acme\/app:v1 is sha256:[0-9a-f]{64}\napplication\/vnd\.dev\.sigstore\.bundle\.v0\.3\+json sha256:[0-9a-f]{64} \(referrers-api\)\napplication\/spdx\+json sha256:/,
  'many-images.ts':
    /^VERIFIED .*web:v1 .*alice@acme\.test.*\nVERIFIED .*api:v1 .*bob@acme\.test.*\nREJECTED .*worker:v1 .*mallory@evil\.test.*\nREJECTED .*cron:v1 .*does not verify.*\nREJECTED .*legacy:v1 .*not signed\n5 images: 2 verified, 3 rejected$/m,
  'own-trust.ts': /^deploy 127\.0\.0\.1:\d+\/acme\/app@sha256:[0-9a-f]{64}$/m,
  'policy-file.ts': /^verdict verified$/m,
  'policy-release.ts':
    /^alice: rejected .*\nalice and bob: rejected .*\nand provenance: rejected .*\nand an SBOM: verified \nand the service says no: rejected .*the service says no/,
  'read-certificate.ts':
    /^subject https:\/\/github\.com\/acme\/app\/.*@refs\/tags\/v1\.4\nissuer https:\/\/token\.actions[\s\S]*provider: 'github-actions'/,
  'rekor-entry.ts': /^entry \d+ dsse proven in the log, time asserted$/m,
  'replay.ts': /^verified again, of \d+ bytes$/m,
  'sigstore-bundle.ts': /^(verified, on record at log index \d+\n?){3}$/,
  'trace-spans.ts':
    /^deploy \{\}\n  sigtrail\.answer \{[^}]*'sigtrail\.verdict': 'verified'[^}]*\}\n    sigtrail\.wait \{\}\n    sigtrail\.discover \{[^}]*'sigtrail\.requests': \d/,
  'track-image.ts': /LOGGED, NOT IN THE REGISTRY[\s\S]*signed, and not in the registry: 1[\s\S]*proven-identity/,
  'triangulate.ts': /image has a sigstore-bundle 0\.3 by referrers-api/,
  'update-manager.ts':
    /^(?=[\s\S]*^web recreated from .*@sha256:[0-9a-f]{64}$)(?=[\s\S]*^api not updated unverified )(?=[\s\S]*^db not updated error )(?=[\s\S]*^cache not updated error policyFor threw: no policy for )/m,
  'verify-attestation.ts': /^built from \{ tag: 'v1\.4' \}$/m,
  'verify-bundle.ts': /^signed at \S+Z and on record at log index \d+$/m,
  'verify-image.ts': /^deploy 127\.0\.0\.1:\d+\/acme\/bundle-keyless-github@sha256:[0-9a-f]{64}$/m,
};
