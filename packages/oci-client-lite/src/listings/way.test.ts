import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, issueTlsCertificate } from '@sigtrail/testing';
import { expect, it, onTestFinished } from 'vitest';
import type { OciClientOptions } from '../index.ts';
import { wayOf } from './way.ts';

const proxy = { https_proxy: 'http://proxy.test:3128' };

it('differs if hosts are reached in a different way, or trusted for a different reason', async () => {
  const { ca, cert, key } = await issueTlsCertificate({ authority: await createCertificateAuthority() });
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-way-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'ca.pem');
  await writeFile(file, ca);
  const ways: readonly OciClientOptions[] = [
    { env: {} },
    { env: proxy },
    { env: { https_proxy: 'http://other.test:3128' } },
    { env: { HTTPS_PROXY: 'http://proxy.test:3128' } },
    { env: { no_proxy: '*' } },
    { env: {}, proxy: false },
    { env: { SSL_CERT_FILE: file } },
    { env: {}, ca },
    { env: {}, originAuthorities: [{ origins: ['https://a.test'], ca }] },
    { env: {}, clientCertificates: [{ origins: ['https://a.test'], cert, key }] },
  ];
  expect(new Set(ways.map(wayOf)).size).toBe(ways.length);
  for (const way of ways) expect(wayOf({ ...way, userAgent: 'x', timeoutMs: 5 })).toBe(wayOf(way));
});

it('is that of the content of an authority’s file, not of its name', async () => {
  const { ca } = await issueTlsCertificate({ authority: await createCertificateAuthority() });
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-way-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [one, other] = [join(folder, 'one.pem'), join(folder, 'other.pem')];
  await writeFile(one, ca);
  await writeFile(other, ca);
  expect(wayOf({ env: { SSL_CERT_FILE: one } })).toBe(wayOf({ env: { SSL_CERT_FILE: other } }));
});
