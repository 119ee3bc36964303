import { hash } from 'node:crypto';
import {
  type BundleJson,
  createCertificateAuthority,
  createLog,
  createSigstore,
  createTimestampAuthority,
  type FakeSigstore,
  generateKeyPair,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { digest, ended, entryOf, flipped, now, proofOf } from '../../test/attempt.ts';
import { alsoEdited, askAbout, type Seen } from '../../test/second-judge/ask.ts';

let sigstore: FakeSigstore;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

const later = new Date(now.getTime() + 3_600_000);
const noSct = { require: [{ sct: 0 }] } as const;

/** What it can't judge, with the reason; each shape is honest. */
const SHAPES: readonly (readonly [what: string, reason: string, make: () => Promise<Seen> | Seen])[] = [
  ['an envelope by a P-384 key', 'envelopes by P-256 and RSA', () => byKey('p384')],
  ['an envelope by a P-521 key', 'envelopes by P-256 and RSA', () => byKey('p521')],
  ['an entry of a log with an RSA key', 'P-256 and Ed25519 keys only', () => inLog('rsa2048')],
  ['an entry of a log with a P-384 key', 'P-256 and Ed25519 keys only', () => inLog('p384')],
  [
    'an entry that names its log by the id of the key alone',
    'by an id that differs',
    () => ({
      sign: { logs: [sigstore.rekor2], timestamps: [sigstore.tsa] },
      edit: (bundle) => void (entryOf(bundle).logId.keyId = hash('sha256', sigstore.rekor2.key.spki, 'base64')),
    }),
  ],
  [
    'a checkpoint whose name the trusted root doesn’t have',
    'inside the log’s `baseUrl`',
    () => ({ root: (root) => root.tlogs.forEach((log) => void (log.baseUrl = 'http://127.0.0.1')) }),
  ],
  ['an SCT of an unknown CT log', 'unknown CT log', () => ({ certificate: { scts: 'unknown-log' }, ask: noSct })],
  [
    'an anchor that isn’t self-signed',
    'self-signed anchors',
    () => ({
      root: (root) => root.certificateAuthorities.forEach(({ certChain }) => void certChain.certificates.splice(1)),
      ask: noSct,
    }),
  ],
  [
    'a timestamp authority without a self-signed anchor',
    'anchors of timestamp authorities',
    () => ({
      sign: { logs: [sigstore.rekor2], timestamps: [sigstore.tsa] },
      root: (root) => root.timestampAuthorities.forEach(({ certChain }) => void certChain.certificates.splice(1)),
    }),
  ],
  [
    'no policy, and no time for a certificate that has expired',
    'needs a verified time',
    () => ({ sign: { logs: [sigstore.rekor2], timestamps: [] }, now: later, ask: { require: [] } }),
  ],
];

/** What is done to an honest shape; the reason above must not excuse it. */
const TAMPERINGS: readonly (readonly [what: string, made: (shape: Seen) => Seen])[] = [
  ['another signature, logged as it is', (shape) => ({ ...shape, sign: { ...shape.sign, signature: flipped } })],
  ['another statement than was signed', (shape) => alsoEdited(shape, editPayload)],
  ['another body than was logged', (shape) => alsoEdited(shape, editBody)],
  ['another artifact', (shape) => ({ ...shape, subject: `sha256:${'0'.repeat(64)}` })],
];

describe.each(SHAPES)('%s', (_, reason, make) => {
  it('is explained', async () => {
    const { verdict, reason: said } = await askAbout(sigstore, await make());
    expect([verdict, said]).toEqual(['not-applicable', expect.stringContaining(reason)]);
  });

  it.each(TAMPERINGS)('doesn’t excuse %s', async (__, tamper) => {
    expect((await askAbout(sigstore, tamper(await make()))).verdict).toBe('refused');
  });
});

describe('an entry of 2021 in a layer', () => {
  const rekord = (tamper: object = {}): Seen => ({
    layer: ({ rekor, signImageLegacy }, signer) => [
      'simple-signing',
      signImageLegacy({ imageDigest: digest, signer, rekor: { log: rekor, kind: 'rekord' }, tamper }),
    ],
  });

  it('is explained if the log signed it', async () => {
    const { verdict, reason } = await askAbout(sigstore, rekord());
    expect([verdict, reason]).toEqual(['not-applicable', '@sigstore/verify doesn’t read entries of kind rekord:0.0.1']);
  });

  it.each([
    ['another promise', { signedEntryTimestamp: flipped }],
    ['another time than was promised', { logPayload: { integratedTime: 1 } }],
    ['another signature', { signature: flipped }],
    ['another payload', { payload: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(' ')]) }],
  ])('doesn’t excuse %s', async (_, tamper) => {
    expect((await askAbout(sigstore, rekord(tamper))).verdict).toBe('refused');
  });
});

describe('an attestation of 2021 in a layer', () => {
  const intoto = (tamper: object = {}): Seen => ({
    layer: ({ rekor, signAttestationLegacy }, signer) => [
      'dsse',
      signAttestationLegacy({
        statement: { imageDigest: digest },
        signer,
        rekor: { log: rekor, kind: 'intoto 0.0.1' },
        tamper,
      }),
    ],
  });

  it('is explained if the log signed it', async () => {
    const { verdict, reason } = await askAbout(sigstore, intoto());
    expect([verdict, reason]).toEqual(['not-applicable', '@sigstore/verify doesn’t read entries of kind intoto:0.0.1']);
  });

  it.each([
    ['another promise', { signedEntryTimestamp: flipped }],
    ['another time than was promised', { logPayload: { integratedTime: 1 } }],
    ['another signature', { payload: withOtherSignature }],
    ['another envelope', { payload: (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(' ')]) }],
  ])('doesn’t excuse %s', async (_, tamper) => {
    expect((await askAbout(sigstore, intoto(tamper))).verdict).toBe('refused');
  });
});

describe('what needs no explanation', () => {
  const stamped = (made: object): Seen => ({
    layer: ({ signAttestationLegacy }, signer) => [
      'dsse',
      signAttestationLegacy({ statement: { imageDigest: digest }, signer, rekor: false, timestamp: true, ...made }),
    ],
    ask: { require: [{ log: 0 }] },
  });

  it('a timestamp of a whole envelope is judged', async () => {
    expect((await askAbout(sigstore, stamped({}))).verdict).toBe('accepted');
    const other = { timestamp: { authority: sigstore.tsa, over: Buffer.from('something else') } };
    expect((await askAbout(sigstore, stamped(other))).verdict).toBe('refused');
    expect((await askAbout(sigstore, stamped({ timestamp: { authority: sigstore.tsa, corrupt: true } }))).verdict).toBe(
      'refused',
    );
  });

  it('a timestamp from after its authority’s window is missed only if a time is needed', async () => {
    const signer = generateKeyPair('p256');
    const seen: Seen = {
      sign: { logs: [sigstore.rekor2], timestamps: [sigstore.tsa] },
      root: (root) => root.timestampAuthorities.forEach(({ validFor }) => ended(validFor)),
    };
    const byKey: Seen = { ...seen, signer, ask: { profile: 'key', key: signer.publicKey } };
    expect((await askAbout(sigstore, byKey)).verdict).toBe('accepted');
    expect((await askAbout(sigstore, { ...byKey, sign: { ...byKey.sign, signature: flipped } })).verdict).toBe(
      'refused',
    );
    expect((await askAbout(sigstore, seen)).verdict).toBe('refused');
  });

  it('one of two logs under one id is judged', async () => {
    const other = createLog({ now });
    const twinned = (onlyTwin: boolean): Seen => ({
      root: (root) => {
        const [mine] = root.tlogs;
        if (mine === undefined) throw new Error('no log');
        const publicKey = { ...mine.publicKey, rawBytes: other.key.spki.toString('base64') };
        root.tlogs = [{ ...mine, publicKey }, ...(onlyTwin ? [] : root.tlogs)];
      },
    });
    expect((await askAbout(sigstore, twinned(false))).verdict).toBe('accepted');
    expect((await askAbout(sigstore, twinned(true))).verdict).toBe('refused');
  });
});

describe('what an attacker adds', () => {
  /** A signature that doesn't hold, which only the second judge is left to refuse. */
  const forged: Seen = { sign: { signature: flipped } };
  const stranger = createLog({ now, kind: 'rsa2048', host: 'stranger.test' });
  const additions: readonly (readonly [string, () => Promise<(bundle: BundleJson) => void>])[] = [
    ['an entry of an unknown log', async () => addEntry(await bundleWith({ logs: [stranger] }))],
    [
      'an entry of an unknown kind',
      async () => (bundle) => {
        const { tlogEntries } = bundle.verificationMaterial;
        tlogEntries.push({ ...entryOf(bundle), kindVersion: { kind: 'novel', version: '0.0.1' } });
      },
    ],
    [
      'a timestamp of an unknown authority',
      async () => addTimestamps(await bundleWith({ timestamps: [await createTimestampAuthority({ now })] })),
    ],
  ];

  it.each(additions)('%s changes nothing of an honest signature', async (_, add) => {
    expect((await askAbout(sigstore, { edit: await add() })).verdict).toBe('accepted');
  });

  it.each(additions)('%s doesn’t switch it off for a forged one', async (_, add) => {
    expect((await askAbout(sigstore, { ...forged, edit: await add() })).verdict).toBe('refused');
  });

  it('an entry of a trusted log about a different signature replaces no entry', async () => {
    const log = createLog({ now, kind: 'rsa2048', host: 'rsa.test' });
    const trusted: Seen = { root: (root) => void root.tlogs.push(...sigstore.trustedRoot({ logs: [log] }).tlogs) };
    const add = addEntry(await bundleWith({ logs: [log] }));
    const sign = { logs: [], timestamps: [sigstore.tsa] };
    expect((await askAbout(sigstore, { ...trusted, sign, edit: add })).verdict).toBe('refused');
    expect((await askAbout(sigstore, { ...trusted, sign: { ...sign, logs: [log] } })).verdict).toBe('not-applicable');
  });

  it('a certificate beside a key is refused, and a key beside a certificate’s name', async () => {
    const signer = generateKeyPair('p256');
    const ask = { profile: 'key', key: signer.publicKey } as const;
    expect((await askAbout(sigstore, { signer, ask })).verdict).toBe('accepted');
    expect((await askAbout(sigstore, { ask })).verdict).toBe('refused');
    expect((await askAbout(sigstore, { signer })).verdict).toBe('refused');
  });

  it('a timestamp annotation doesn’t excuse a forged layer', async () => {
    const layer = (tamper: object): Seen => ({
      layer: ({ signAttestationLegacy }, signer) => [
        'dsse',
        signAttestationLegacy({ statement: { imageDigest: digest }, signer, timestamp: true, tamper }),
      ],
    });
    expect((await askAbout(sigstore, layer({}))).verdict).toBe('accepted');
    expect((await askAbout(sigstore, layer({ signature: flipped }))).verdict).toBe('refused');
  });

  it('certificates that can’t be read beside a layer’s own change nothing', async () => {
    const add = (annotations: Record<string, string>): void => {
      annotations['dev.sigstore.cosign/chain'] += '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
    };
    const layer: Seen['layer'] = ({ signImageLegacy }, signer) => [
      'simple-signing',
      signImageLegacy({ imageDigest: digest, signer }),
    ];
    expect((await askAbout(sigstore, { layer, annotate: add })).verdict).toBe('accepted');
  });

  it('a second signature in the envelope is refused', async () => {
    const edit = (bundle: BundleJson): void => {
      bundle.dsseEnvelope?.signatures.push(...bundle.dsseEnvelope.signatures);
    };
    expect((await askAbout(sigstore, { edit })).verdict).toBe('refused');
  });

  it('a stranger’s authority isn’t explained by an anchor that isn’t self-signed', async () => {
    const root: Seen['root'] = ({ certificateAuthorities }) =>
      certificateAuthorities.forEach(({ certChain }) => void certChain.certificates.splice(1));
    const authority = await createCertificateAuthority({ name: 'stranger', now });
    expect((await askAbout(sigstore, { root, certificate: { authority }, ask: noSct })).verdict).toBe('refused');
  });

  it('a different signature on a checkpoint isn’t explained by its name', async () => {
    const elsewhere: Seen = {
      root: (root) => root.tlogs.forEach((log) => void (log.baseUrl = 'http://127.0.0.1')),
      edit: (bundle) => {
        const { checkpoint } = proofOf(bundle);
        if (checkpoint !== undefined)
          checkpoint.envelope = checkpoint.envelope.replace(
            /^(— \S+ )(\S+)$/gm,
            (_, name: string, text: string) => name + flipped(Buffer.from(text, 'base64')).toString('base64'),
          );
      },
    };
    expect((await askAbout(sigstore, elsewhere)).verdict).toBe('refused');
  });
});

function withOtherSignature(envelope: Buffer): Buffer {
  return Buffer.from(
    envelope.toString().replace(/(?<="sig":")[^"]+/, (sig) => flipped(Buffer.from(sig, 'base64')).toString('base64')),
  );
}

function byKey(kind: 'p384' | 'p521'): Seen {
  const signer = generateKeyPair(kind);
  return { signer, ask: { profile: 'key', key: signer.publicKey } };
}

function inLog(kind: 'rsa2048' | 'p384'): Seen {
  const log = createLog({ now, kind, host: `${kind}.test` });
  return {
    sign: { logs: [log], timestamps: [sigstore.tsa] },
    root: (root) => void root.tlogs.push(...sigstore.trustedRoot({ logs: [log] }).tlogs),
  };
}

function editPayload(bundle: BundleJson): void {
  const { dsseEnvelope } = bundle;
  if (dsseEnvelope === undefined) throw new Error('no envelope');
  const text = Buffer.from(dsseEnvelope.payload, 'base64').toString('utf8');
  dsseEnvelope.payload = Buffer.from(text.replace('"predicate"', ' "predicate"')).toString('base64');
}

function editBody(bundle: BundleJson): void {
  const entry = entryOf(bundle);
  entry.canonicalizedBody = Buffer.from(`${Buffer.from(entry.canonicalizedBody, 'base64').toString()} `).toString(
    'base64',
  );
}

async function bundleWith(options: object): Promise<BundleJson> {
  const signer = await sigstore.issueCertificate();
  return sigstore.signBundle({ statement: { imageDigest: digest }, signer, ...options });
}

function addEntry(from: BundleJson): (bundle: BundleJson) => void {
  return ({ verificationMaterial }) => void verificationMaterial.tlogEntries.push(entryOf(from));
}

function addTimestamps(from: BundleJson): (bundle: BundleJson) => void {
  const { timestampVerificationData } = from.verificationMaterial;
  if (timestampVerificationData === undefined) throw new Error('no timestamp');
  return ({ verificationMaterial }) =>
    void (verificationMaterial.timestampVerificationData = timestampVerificationData);
}
