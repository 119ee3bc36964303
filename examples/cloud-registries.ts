// Read ECR, Artifact Registry and Azure's registry with the tokens of their own SDKs.
//
//   node --conditions=@sigtrail/source examples/cloud-registries.ts
//
// You need none of this if the helpers docker-credential-ecr-login, docker-credential-gcloud or docker-credential-acr-env are installed and named in Docker's
// configuration (`credHelpers`). Otherwise bring the clouds' SDKs: each function below takes the one call that gives a token. Here, registries on loopback play
// the three clouds.
import { EMPTY_CONFIG, manifestOf, MEDIA_TYPE, type RegistryOptions, startRegistry } from '@sigtrail/testing';
import { createOciClient, type Keychain } from 'oci-client-lite';
import { startExchange } from './cloud-exchange.ts';

/** `ACCOUNT.dkr.ecr.REGION.amazonaws.com`. The token is valid for twelve hours. */
function ecrKeychain(registry: string, getToken: () => Promise<string>): Keychain {
  return async (asked) => {
    if (asked !== registry) return undefined;
    // Base64 of `AWS:PASSWORD`.
    const [username = '', password = ''] = Buffer.from(await getToken(), 'base64')
      .toString()
      .split(/:(.*)/s);
    return { username, password };
  };
}

/** `REGION-docker.pkg.dev`. The token is an access token of the service account, valid for an hour. */
function artifactRegistryKeychain(registry: string, getToken: () => Promise<string>): Keychain {
  return async (asked) =>
    asked === registry ? { username: 'oauth2accesstoken', password: await getToken() } : undefined;
}

/** `NAME.azurecr.io`. The registry exchanges an access token of Entra ID for its own refresh token, valid for three hours. */
function azureKeychain(
  registry: string,
  getToken: () => Promise<string>,
  exchangeUrl: string = `https://${registry}/oauth2/exchange`,
): Keychain {
  return async (asked) => {
    if (asked !== registry) return undefined;
    const form = { grant_type: 'access_token', service: registry, access_token: await getToken() };
    const answer = await fetch(exchangeUrl, {
      method: 'POST',
      body: new URLSearchParams(form),
      redirect: 'error', // the token is for this address only
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new Error(`${registry} refused the access token: ${answer.status}`);
    const { refresh_token: identityToken } = (await answer.json()) as { readonly refresh_token: string };
    return { identityToken };
  };
}

// With the SDKs of the clouds:
//
//   import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
//   const { authorizationData } = await new ECRClient({ region: 'eu-west-1' }).send(new GetAuthorizationTokenCommand({}));
//   const ecrToken = authorizationData?.[0]?.authorizationToken ?? '';
//
//   import { GoogleAuth } from 'google-auth-library';
//   const googleToken = (await new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' }).getAccessToken()) ?? '';
//
//   import { DefaultAzureCredential } from '@azure/identity';
//   const { token: azureToken } = await new DefaultAzureCredential().getToken('https://containerregistry.azure.net/.default');

/** Reads `acme/app:v1` with those credentials and no others. */
async function readWith(registry: string, credentials: Keychain): Promise<void> {
  await using client = createOciClient({ credentials });
  const { digest } = await client.repository(`${registry}/acme/app`).fetchManifest('v1');
  console.log(`${registry}/acme/app@${digest}`);
}

/** A registry that requires the credentials that the cloud's registry requires. */
async function startCloud(access: RegistryOptions['access']): Promise<Awaited<ReturnType<typeof startRegistry>>> {
  const registry = await startRegistry({ access });
  registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  return registry;
}

await using ecr = await startCloud({ kind: 'basic', username: 'AWS', password: 'twelve:hours' });
await readWith(
  ecr.host,
  ecrKeychain(ecr.host, () => Promise.resolve(Buffer.from('AWS:twelve:hours').toString('base64'))),
);

await using google = await startCloud({ kind: 'bearer', username: 'oauth2accesstoken', password: 'ya29.token' });
await readWith(
  google.host,
  artifactRegistryKeychain(google.host, () => Promise.resolve('ya29.token')),
);

await using azure = await startCloud({ kind: 'bearer', refreshToken: 'three hours', tokenField: 'access_token' });
await using exchange = await startExchange('entra token', 'three hours');
await readWith(
  azure.host,
  azureKeychain(azure.host, () => Promise.resolve('entra token'), exchange.url),
);
