import { createCertificateAuthority, issueTlsCertificate } from '@sigtrail/testing';
import type { Behaviour } from './behaviour.ts';
import { type RegistryServer, type ServerTls, startRegistryServer } from './registry-server.ts';
import type { Setting } from './setting.ts';

/** The registry of a row while it runs, and what its user has set up. */
export interface Started {
  readonly server: RegistryServer;
  readonly setting: Setting;
}

let certificate: Promise<ServerTls> | undefined;

/** Starts the registry of a row. */
export async function startBehaviour({ respond, setting, tls = false }: Behaviour): Promise<Started> {
  if (!tls) {
    const server = await startRegistryServer(respond);
    return { server, setting: setting?.(server) ?? {} };
  }
  certificate ??= mint();
  const { ca } = await certificate;
  const server = await startRegistryServer(respond, await certificate);
  return { server, setting: { ...setting?.(server), tls: true, ca } };
}

async function mint(): Promise<ServerTls> {
  return await issueTlsCertificate({ authority: await createCertificateAuthority(), hosts: ['127.0.0.1'] });
}
