import { createHttp } from '@sigtrail/http';
import { expect, it } from 'vitest';
import { createTokens } from '../auth/tokens.ts';
import { parseReference } from '../reference/reference.ts';
import { parseClientOptions } from './client-options.ts';
import type { RegistryContext } from './registry.ts';
import { createSources } from './sources.ts';

it('forgets the registry that went unused longest, since strangers may choose the names', async () => {
  const http = createHttp();
  const settings = parseClientOptions({});
  const context: RegistryContext = {
    http,
    tokens: createTokens({
      http,
      now: () => 0,
      timeoutMs: 1000,
      realmPolicy: settings.realmPolicy,
      passwordGrant: false,
    }),
    credentials: { find: async () => ({ renewable: false }) },
    isInsecure: () => false,
    now: () => 0,
    onAnswer: () => undefined,
    warn: () => undefined,
  };
  const sourcesOf = createSources(settings, { own: context, elsewhere: context, isInsecure: () => false });
  const registryOf = (host: string): unknown => sourcesOf(parseReference(`${host}/acme/app`)).registry;
  const [used, unused] = [registryOf('used.example'), registryOf('unused.example')];
  for (let count = 0; count < 1_000; count += 1) {
    registryOf(`host${count}.example`);
    expect(registryOf('used.example')).toBe(used);
  }
  expect(registryOf('unused.example')).not.toBe(unused);
  await http.close();
});
