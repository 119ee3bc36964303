import { createServer } from 'node:https';
import { createCertificateAuthority, issueTlsCertificate } from '@sigtrail/testing';
import { type AdmissionWorld, settingsText } from './admission-world.ts';

/** The answers of an API server; a real one is asked in acceptance/kubernetes. */
export interface FakeApiServer {
  /** `Bearer TOKEN /path`, in order. */
  readonly asked: readonly string[];
  close(): void;
}

/** Answers each path with its object, or with 404, and writes the settings that name it; `more` are keys of `cluster`. */
export async function startApiServer(
  world: AdmissionWorld,
  objectAt: (path: string) => object | undefined,
  more = '',
): Promise<FakeApiServer> {
  const tls = await issueTlsCertificate({ authority: await createCertificateAuthority() });
  const asked: string[] = [];
  const server = createServer(tls, (request, response) => {
    asked.push(`${request.headers.authorization} ${request.url}`);
    const found = objectAt(request.url ?? '');
    response.writeHead(found === undefined ? 404 : 200).end(JSON.stringify(found ?? {}));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  await world.writeFile('token', 'of-this-pod\n');
  await world.writeFile('api.crt', tls.ca);
  const cluster = `cluster: { ${more}server: 'https://127.0.0.1:${port}', tokenFile: token, caFile: api.crt }\n`;
  await world.writeFile('settings.yaml', settingsText(cluster));
  return {
    asked,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
