import { request } from 'node:https';
import { expect, it } from 'vitest';
import { createCertificateAuthority } from '../sigstore/certificate-authority.ts';
import { issueTlsCertificate } from '../sigstore/tls-certificate.ts';
import { startRegistry } from './registry.ts';

type Asked = Parameters<typeof request>[1];

async function ask(
  url: string,
  options: Asked,
): Promise<{ status: number | undefined; challenge: string | undefined }> {
  return await new Promise((resolve, reject) => {
    const sent = request(url, { ...options, agent: false }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode, challenge: answer.headers['www-authenticate'] });
    });
    sent.on('error', reject).end();
  });
}

it('serves https under a certificate of its own authority, on every name it was issued for', async () => {
  const authority = await createCertificateAuthority();
  const tls = await issueTlsCertificate({ authority, hosts: ['127.0.0.1', '::1', 'localhost', 'registry.test'] });
  await using registry = await startRegistry({ tls, access: { kind: 'bearer' } });
  expect(registry.url).toBe(`https://${registry.host}`);
  const { status, challenge } = await ask(`${registry.url}/v2/`, { ca: tls.ca });
  expect([status, challenge]).toEqual([401, expect.stringContaining(`Bearer realm="${registry.url}/token"`)]);
  expect((await ask(`${registry.url}/v2/`, { ca: tls.ca, servername: 'registry.test' })).status).toBe(401);
  await expect(ask(`${registry.url}/v2/`, {})).rejects.toThrow('certificate');
  await expect(ask(`${registry.url}/v2/`, { ca: tls.ca, servername: 'other.test' })).rejects.toThrow('altnames');
});

it('lets in only clients of the authority asked for', async () => {
  const authority = await createCertificateAuthority();
  const tls = await issueTlsCertificate({ authority });
  const me = await issueTlsCertificate({ authority, purpose: 'client', hosts: ['me.test'] });
  const stranger = await issueTlsCertificate({ authority: await createCertificateAuthority(), purpose: 'client' });
  await using registry = await startRegistry({ tls: { ...tls, clientAuthority: tls.ca } });
  const asking = async ({ cert, key }: Partial<typeof me>): Promise<unknown> =>
    await ask(`${registry.url}/v2/`, {
      ca: tls.ca,
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  expect(await asking(me)).toMatchObject({ status: 200 });
  await expect(asking(stranger)).rejects.toThrow();
  await expect(asking({})).rejects.toThrow();
});
