import { createCertificateAuthority, issueTlsCertificate, pushImage } from '@sigtrail/testing';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, get } from 'node:https';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type AdmissionWorld,
  call,
  mapText,
  openWorld,
  podOf,
  reviewOf,
  settingsText,
  SIGNED_BY,
} from '../test/admission-world.ts';
import type { AdmissionResponse } from './review/admission-review.ts';
import { MAX_REVIEW_BYTES } from './review/admission-review.ts';
import type { Admission } from './start-admission.ts';

let world: AdmissionWorld;
let signed: { readonly reference: string; readonly pinned: string; readonly digest: string };
let unsigned: typeof signed;
beforeEach(async () => {
  world = await openWorld();
  signed = pushImage(world.registry, 'acme/app:v1');
  await world.sigstore.signImage(world.registry, 'acme/app:v1');
  unsigned = pushImage(world.registry, 'acme/bad:v1');
});
afterEach(async () => world[Symbol.asyncDispose]());

async function ask({ url }: Admission, path: string, body: string): Promise<AdmissionResponse> {
  const { status, text } = await call(`${url}${path}`, { ca: world.ca(), body });
  expect([status, text.slice(0, 20)]).toEqual([200, '{"apiVersion":"admis']);
  return JSON.parse(text).response;
}
const decode = ({ patch = 'W10=' }: AdmissionResponse): unknown => JSON.parse(Buffer.from(patch, 'base64').toString());

describe('the validating hook', () => {
  it('allows what is verified by digest, and echoes the uid', async () => {
    const answer = await ask(await world.start(), '/validate', reviewOf(podOf(signed.pinned)));
    expect(answer).toEqual({
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      allowed: true,
      auditAnnotations: { verdict: 'allowed', codes: 'container c0=verified' },
    });
  });

  it('refuses what is not, and says which container, why, by which rule and what to do', async () => {
    const answer = await ask(await world.start(), '/validate', reviewOf(podOf(signed.pinned, unsigned.pinned)));
    expect(answer.allowed).toBe(false);
    expect(answer.status).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(answer.status?.message).toBe(
      `container c1: ${unsigned.pinned} is not signed: every location where a signature could be was read and has none [unsigned] (rule ** (line 3) of map.yaml, for namespace shop). Sign the image, or ask the keeper of the map`,
    );
    expect(answer.auditAnnotations).toEqual({
      verdict: 'refused',
      codes: 'container c0=verified, container c1=unsigned',
    });
  });

  it('refuses a Pod that still has a tag, and takes a Deployment that has one', async () => {
    const admission = await world.start();
    const pod = await ask(admission, '/validate', reviewOf(podOf(signed.reference)));
    expect(pod.status?.message).toContain('[not-pinned]');
    const deployment = { spec: { template: podOf(signed.reference) } };
    const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
    expect(await ask(admission, '/validate', reviewOf(deployment, { kind }))).toMatchObject({ allowed: true });
    expect(await ask(admission, '/mutate', reviewOf(deployment, { kind }))).not.toHaveProperty('patch');
  });

  it('lets an update pass that brings no image, though the registry is down', async () => {
    const admission = await world.start();
    await world.registry.refuseConnections();
    const update = { operation: 'UPDATE', oldObject: podOf(unsigned.pinned) };
    expect(await ask(admission, '/validate', reviewOf(podOf(unsigned.pinned), update))).toMatchObject({
      allowed: true,
    });
    const changed = await ask(admission, '/validate?timeout=1s', reviewOf(podOf(signed.pinned), update));
    expect(changed.allowed).toBe(false);
    expect(changed.auditAnnotations?.['codes']).toMatch(/^container c0=(?:network|deadline|closed)$/);
    const late = { operation: 'UPDATE', oldObject: null };
    expect((await ask(admission, '/validate?timeout=1s', reviewOf(podOf(unsigned.pinned), late))).allowed).toBe(false);
    await world.registry.acceptConnections();
  });

  it.each(['DELETE', 'CONNECT'])('has nothing against %s', async (operation) => {
    const answer = await ask(await world.start(), '/validate', reviewOf(podOf(unsigned.pinned), { operation }));
    expect(answer).toMatchObject({ allowed: true });
  });

  it.each([
    ['an operation that it does not know', { operation: 'PATCH' }, 'invalid-review'],
    ['a kind that it does not know', { kind: { group: 'acme.test', version: 'v1', kind: 'Pod' } }, 'unknown-kind'],
    ['a namespace without a row', { namespace: 'other' }, 'no-row'],
  ])('refuses %s', async (_, more, code) => {
    await world.writeFile('settings.yaml', settingsText('', 'namespaces:\n  - names: [shop]\n    map: map.yaml\n'));
    const answer = await ask(await world.start(), '/validate', reviewOf(podOf(signed.pinned), more));
    expect([answer.allowed, answer.auditAnnotations]).toEqual([false, { verdict: 'refused', codes: code }]);
  });

  it('reads no layout from disk for a Pod that names one', async () => {
    const answer = await ask(await world.start(), '/validate', reviewOf(podOf('oci:/etc')));
    expect(answer.auditAnnotations).toMatchObject({ codes: 'container c0=invalid-reference' });
  });

  it('warns, and only notes, if the settings say so', async () => {
    const rows = `namespaces:
  - { names: [trial], map: map.yaml, mode: warn }
  - { names: [silent], map: map.yaml, mode: audit }
  - names: [shop]
    map: map.yaml
    mode: audit
    serviceAccounts: [{ names: [ci], map: map.yaml }]
`;
    await world.writeFile('settings.yaml', settingsText('', rows));
    const admission = await world.start();
    const answer = async (more: object, pod = podOf(unsigned.pinned)): Promise<AdmissionResponse> =>
      ask(admission, '/validate', reviewOf(pod, more));
    const warned = await answer({ namespace: 'trial' });
    expect(warned).toMatchObject({ allowed: true, auditAnnotations: { verdict: 'warned' } });
    expect(warned.warnings?.[0]).toMatch(/^sigtrail would refuse container c0: .*is not signed/);
    expect(warned.warnings?.every(({ length }) => length <= 256)).toBe(true);
    const noted = await answer({ namespace: 'silent' });
    expect(noted).toMatchObject({ allowed: true, auditAnnotations: { verdict: 'noted' } });
    expect(noted).not.toHaveProperty('warnings');
    const ci = { spec: { serviceAccountName: 'ci', containers: [{ name: 'c0', image: unsigned.pinned }] } };
    expect(await answer({ namespace: 'shop' })).toMatchObject({ allowed: true });
    expect((await answer({ namespace: 'shop' }, ci)).status?.message).toContain('for service account ci');
  });

  it('lets an exception of the map pass until it ends, with a warning', async () => {
    const exception = (until: string): string =>
      mapText(
        'enforce',
        `exceptions:\n  - { match: '${world.registry.host}/acme/bad', reason: 'rebuilt next week', until: '${until}' }\n`,
      );
    await world.writeFile('map.yaml', exception('2999-01-31'));
    const admission = await world.start();
    const excused = await ask(admission, '/validate', reviewOf(podOf(unsigned.pinned)));
    expect(excused).toMatchObject({ allowed: true, auditAnnotations: { codes: 'container c0=exception' } });
    expect(excused.warnings?.[0]).toContain('until 2999-01-31: rebuilt next week');
    await world.writeFile('map.yaml', exception('2001-01-31'));
    await admission.reload();
    expect(await ask(admission, '/validate', reviewOf(podOf(unsigned.pinned)))).toMatchObject({ allowed: false });
  });

  it('answers before the API server stops waiting', async () => {
    world.registry.configure({ delayMs: 60_000 });
    const admission = await world.start();
    const began = performance.now();
    const answer = await ask(admission, '/validate?timeout=2s', reviewOf(podOf(signed.pinned)));
    expect(performance.now() - began).toBeLessThan(2000);
    expect(answer.auditAnnotations).toMatchObject({ codes: 'container c0=deadline' });
    expect(answer.allowed).toBe(false);
  });

  it('refuses at once what it has no room for', async () => {
    world.registry.configure({ delayMs: 60_000 });
    await world.writeFile('settings.yaml', settingsText('limits: { concurrency: 1, queue: 0 }\n'));
    const admission = await world.start();
    const first = ask(admission, '/validate?timeout=4s', reviewOf(podOf(signed.pinned)));
    await expect.poll(() => world.registry.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    const began = performance.now();
    const second = await ask(admission, '/validate?timeout=4s', reviewOf(podOf(unsigned.pinned)));
    expect(second.auditAnnotations).toMatchObject({ codes: 'container c0=overloaded' });
    expect(performance.now() - began).toBeLessThan(1500);
    expect((await first).allowed).toBe(false);
  });
});

describe('the mutating hook', () => {
  it('writes the digest that was verified, and nothing if none was', async () => {
    const answer = await ask(await world.start(), '/mutate', reviewOf(podOf(signed.reference, unsigned.reference)));
    expect(answer).toMatchObject({ allowed: true, patchType: 'JSONPatch' });
    expect(decode(answer)).toEqual([
      { op: 'replace', path: '/spec/containers/0/image', value: `${signed.reference}@${signed.digest}` },
    ]);
  });

  it('writes the manifest of the one platform that the Pod can run on, if only that is signed', async () => {
    const index = pushImage(world.registry, 'acme/multi:v1', { platforms: ['linux/amd64', 'linux/arm64'] });
    const { digest } = index.platforms['linux/arm64'];
    await world.sigstore.signImage(world.registry, `acme/multi@${digest}`);
    const admission = await world.start();
    const pod = (nodeSelector: object): string =>
      reviewOf({ spec: { nodeSelector, containers: [{ name: 'c0', image: index.pinned }] } });
    const arm = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64' };
    expect(decode(await ask(admission, '/mutate', pod(arm)))).toEqual([
      { op: 'replace', path: '/spec/containers/0/image', value: `${world.registry.host}/acme/multi@${digest}` },
    ]);
    expect(await ask(admission, '/validate', pod(arm))).toMatchObject({ allowed: true });
    for (const selector of [{}, { ...arm, 'kubernetes.io/arch': 'amd64' }]) {
      expect(await ask(admission, '/mutate', pod(selector))).not.toHaveProperty('patch');
      expect(await ask(admission, '/validate', pod(selector))).toMatchObject({ allowed: false });
    }
  });

  it('writes the whole name of an image that is excused, and the digest if another map asks for signatures', async () => {
    const until = `reason: legacy, until: '2999-01-31'`;
    const excused = `exceptions:\n  - { match: docker.io/acme/legacy, ${until} }\n  - { match: '${world.registry.host}/acme/app', ${until} }\n`;
    await world.writeFile('excused.yaml', mapText('enforce', excused));
    const row = `namespaces:\n  - names: ['*']\n    map: excused.yaml\n    serviceAccounts: [{ names: [ci], map: map.yaml }]\n`;
    await world.writeFile('settings.yaml', settingsText('', row));
    const admission = await world.start();
    const patchOf = async (pod: object): Promise<unknown> => {
      const { patch } = await ask(admission, '/mutate', reviewOf(pod));
      return patch === undefined ? undefined : JSON.parse(Buffer.from(patch, 'base64').toString());
    };
    expect(await patchOf(podOf('acme/legacy:v1'))).toEqual([
      { op: 'replace', path: '/spec/containers/0/image', value: 'docker.io/acme/legacy:v1' },
    ]);
    expect(await patchOf(podOf('docker.io/acme/legacy:v1'))).toBeUndefined();
    const ci = { spec: { serviceAccountName: 'ci', containers: [{ name: 'c0', image: signed.reference }] } };
    const value = `${signed.reference}@${signed.digest}`;
    expect(await patchOf(ci)).toEqual([{ op: 'replace', path: '/spec/containers/0/image', value }]);
  });

  it('writes nothing if the namespace is only noted, and nothing twice', async () => {
    const rows =
      'namespaces:\n  - { names: [silent], map: map.yaml, mode: audit }\n  - { names: ["*"], map: map.yaml }\n';
    await world.writeFile('settings.yaml', settingsText('', rows));
    const admission = await world.start();
    expect(
      await ask(admission, '/mutate', reviewOf(podOf(signed.reference), { namespace: 'silent' })),
    ).not.toHaveProperty('patch');
    expect(await ask(admission, '/mutate', reviewOf(podOf(signed.pinned)))).not.toHaveProperty('patch');
  });
});

describe('the server', () => {
  it('speaks TLS 1.3, and says how it is', async () => {
    const { url } = await world.start();
    const health = await call(`${url}/healthz`, { ca: world.ca() });
    expect([health.status, health.protocol]).toEqual([200, 'TLSv1.3']);
    expect(await call(`${url}/readyz`, { ca: world.ca() })).toMatchObject({ status: 200 });
    expect((await call(`${url}/metrics`, { ca: world.ca() })).text).toContain('sigtrail_admission_trust_ready 1');
    expect(await call(`${url}/other`, { ca: world.ca() })).toMatchObject({ status: 404 });
    expect(await call(`${url}/constructor`, { ca: world.ca(), body: '{}' })).toMatchObject({ status: 404 });
  });

  it.each([
    ['no JSON', 'x'],
    ['a key twice', '{"apiVersion":"admission.k8s.io/v1","apiVersion":"x"}'],
    ['another version', reviewOf(podOf('a:1')).replace('k8s.io/v1', 'k8s.io/v1beta1')],
    ['no request', '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'],
    ['too many bytes', ' '.repeat(MAX_REVIEW_BYTES + 1)],
  ])('answers 400 to %s', async (_, body) => {
    const { url } = await world.start();
    expect(await call(`${url}/validate`, { ca: world.ca(), body })).toMatchObject({ status: 400 });
  });

  it('serves a new certificate without a restart, and keeps the old one if the new one is malformed', async () => {
    const admission = await world.start();
    const shown = async (): Promise<string> => (await call(`${admission.url}/healthz`, { ca: world.ca() })).fingerprint;
    const first = await shown();
    await world.renewCertificate();
    await admission.reload();
    const second = await shown();
    expect(second).not.toBe(first);
    await world.writeFile('tls.key', 'spoiled');
    await admission.reload();
    expect(await shown()).toBe(second);
    expect(world.lines.map(({ event }) => event)).toContain('certificate-not-reloaded');
  });

  it('keeps the map from before where the new one can’t be used, and says where it is wrong', async () => {
    const admission = await world.start();
    await world.writeFile('map.yaml', 'version: 1\nimages:\n  - match: "**"\n    polcy: {}\n');
    await admission.reload();
    expect(world.lines.find(({ event }) => event === 'settings-not-reloaded')?.['why']).toMatch(
      /map\.yaml:4:5: .*polcy/,
    );
    expect(await ask(admission, '/validate', reviewOf(podOf(unsigned.pinned)))).toMatchObject({ allowed: false });
    expect(await ask(admission, '/validate', reviewOf(podOf(signed.pinned)))).toMatchObject({ allowed: true });
    await world.writeFile('map.yaml', mapText('warn'));
    await admission.reload();
    expect(await ask(admission, '/validate', reviewOf(podOf(unsigned.pinned)))).toMatchObject({ allowed: true });
  });

  it('answers questions about images only to clients with a certificate, if the settings say so', async () => {
    const authority = await createCertificateAuthority();
    const client = await issueTlsCertificate({ authority, purpose: 'client' });
    const stranger = await issueTlsCertificate({ authority: await createCertificateAuthority(), purpose: 'client' });
    await world.writeFile('clients.crt', client.ca);
    const tls = 'tls: { certificate: tls.crt, key: tls.key, clientAuthority: clients.crt }';
    await world.writeFile('settings.yaml', settingsText().replace(/tls: .*/, tls));
    const { url } = await world.start();
    const body = reviewOf(podOf(signed.pinned));
    const status = async (identity: object): Promise<number> =>
      (await call(`${url}/validate`, { ca: world.ca(), body, ...identity })).status;
    expect(await status({})).toBe(401);
    expect(await status({ cert: stranger.cert, key: stranger.key })).toBe(401);
    expect(await status({ cert: client.cert, key: client.key })).toBe(200);
    expect(await call(`${url}/healthz`, { ca: world.ca() })).toMatchObject({ status: 200 });
  });

  it('keeps an idle connection for longer than the API server does', async () => {
    const { url } = await world.start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: world.ca() });
    const ask = async (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        get(`${url}/healthz`, { agent }, (answer) => answer.resume().once('end', () => resolve(answer))).once(
          'error',
          reject,
        );
      });
    expect((await ask()).headers['keep-alive']).toBe('timeout=120');
    agent.destroy();
  });

  it('is not kept by a connection on which nothing is said', async () => {
    const admission = await world.start();
    const socket = connect({ port: Number(new URL(admission.url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    const ended = once(socket, 'close');
    await admission.drain();
    await ended;
  });

  it('doesn’t wait for a client that went away before its answer', async () => {
    world.registry.configure({ delayMs: 1_000 });
    const admission = await world.start();
    const gone = new AbortController();
    const body = reviewOf(podOf(signed.pinned));
    const asking = call(`${admission.url}/validate?timeout=30s`, { ca: world.ca(), body, signal: gone.signal });
    await expect.poll(() => world.registry.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    gone.abort();
    await expect(asking).rejects.toMatchObject({ code: 'ABORT_ERR' });
    await expect.poll(() => world.lines.at(-1)?.event, { timeout: 20_000 }).toBe('validate');
    await admission.drain();
    expect(world.lines.at(-1)?.event).toBe('ended');
  });

  it('finishes what it is answering, and takes nothing more', async () => {
    world.registry.configure({ delayMs: 100 });
    const admission = await world.start();
    const answer = ask(admission, '/validate', reviewOf(podOf(signed.pinned)));
    await expect.poll(() => world.registry.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    await admission.drain();
    expect((await answer).allowed).toBe(true);
    await expect(call(`${admission.url}/healthz`, { ca: world.ca() })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('settings', () => {
  it.each([
    ['a misspelt key', settingsText('modes: {}\n'), /settings\.yaml:1:1: .*modes/],
    [
      'an unknown mode',
      settingsText('', 'namespaces:\n  - names: ["*"]\n    map: map.yaml\n    mode: strict\n'),
      /:10:11: namespaces\.0\.mode/,
    ],
    ['a key twice', settingsText('version: 1\n'), /:7:1: /],
    [
      'a map that is not there',
      settingsText('', 'namespaces:\n  - { names: ["*"], map: none.yaml }\n'),
      /none\.yaml can’t be read \(ENOENT\)/,
    ],
    ['no row', settingsText('', 'namespaces: []\n'), /namespaces/],
  ])('are refused for %s', async (_, text, message) => {
    await world.writeFile('settings.yaml', text);
    await expect(world.start()).rejects.toMatchObject({
      code: 'invalid-settings',
      message: expect.stringMatching(message),
    });
  });

  it('are refused for a map that is wrong, at its line', async () => {
    await world.writeFile(
      'map.yaml',
      `version: 1\nimages:\n  - match: nginx\n    policy: { signedBy: ${JSON.stringify(SIGNED_BY)} }\n`,
    );
    await expect(world.start()).rejects.toThrow(/map\.yaml:3:/);
  });

  it('say nothing of a Docker configuration that can’t be read as one', async () => {
    await world.writeFile('config.json', '{"auths": secret');
    await world.writeFile('settings.yaml', settingsText('registry: { dockerConfig: config.json }\n'));
    const refusal: unknown = await world.start().catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'invalid-settings', message: expect.not.stringContaining('secret') });
  });
});
