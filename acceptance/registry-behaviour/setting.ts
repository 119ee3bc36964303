import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What a user of the registry has set up, the same for every client. */
export interface Setting {
  /** The text of Docker's `config.json`. */
  readonly config?: string | Uint8Array | undefined;
  /** Credential helpers by the name behind `docker-credential-`: a shell script each. */
  readonly helpers?: Readonly<Record<string, string>> | undefined;
  readonly environment?: Readonly<Record<string, string>> | undefined;
  /** An authority that every client trusts: PEM. Go programs read `SSL_CERT_FILE`, and so do we. */
  readonly ca?: string | undefined;
  /** The registry's name where it isn't the loopback address: only a proxy leads there. */
  readonly registry?: string | undefined;
  /** Whether the registry is spoken to by TLS: every client has an option for plain http. `false` */
  readonly tls?: boolean | undefined;
}

/** A setting on disk. */
export interface Place {
  /** What a client finds in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** The path of `config.json`, where the setting has one. */
  readonly configPath: string | undefined;
}

/** Lays a setting out for as long as `work` takes. */
export async function withSetting<T>(
  { config, helpers = {}, environment, ca }: Setting,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'registry-behaviour-'));
  try {
    const configPath = config === undefined ? undefined : join(home, 'config.json');
    if (config !== undefined) await writeFile(join(home, 'config.json'), config);
    const programs = join(home, 'bin');
    await mkdir(programs);
    for (const [name, script] of Object.entries(helpers)) {
      const path = join(programs, `docker-credential-${name}`);
      await writeFile(path, script);
      await chmod(path, 0o755);
    }
    if (ca !== undefined) await writeFile(join(home, 'ca.pem'), ca);
    const trusted = ca === undefined ? {} : { SSL_CERT_FILE: join(home, 'ca.pem') };
    const path = [programs, process.env['PATH'] ?? ''].join(delimiter);
    return await work({
      environment: { HOME: home, DOCKER_CONFIG: home, PATH: path, ...trusted, ...environment },
      configPath,
    });
  } finally {
    await rm(home, { recursive: true });
  }
}

/** A `config.json` that logs in to the host as `u` with the password `p`. */
export function loggedIn({ host }: { readonly host: string }): Setting {
  return { config: JSON.stringify({ auths: { [host]: { auth: Buffer.from('u:p').toString('base64') } } }) };
}
