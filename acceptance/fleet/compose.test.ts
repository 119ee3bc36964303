import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';

// Only these members of the Compose specification are allowed: a misspelt one would silently set nothing.
const text = z.string();
const ServiceSchema = z.strictObject({
  image: text,
  command: z.array(text),
  user: text,
  read_only: z.literal(true),
  cap_drop: z.tuple([z.literal('ALL')]),
  security_opt: z.tuple([z.literal('no-new-privileges:true')]),
  networks: z.array(text),
  volumes: z.array(text).optional(),
  configs: z.array(text).optional(),
  secrets: z.array(text).optional(),
  depends_on: z.array(text).optional(),
  profiles: z.array(text).optional(),
  stop_grace_period: text.optional(),
  restart: z.literal('unless-stopped').optional(),
});
const FilesSchema = z.record(text, z.strictObject({ file: text }));
const ComposeSchema = z.strictObject({
  name: text,
  services: z.record(text, ServiceSchema),
  networks: z.record(text, z.strictObject({ internal: z.boolean().optional() })),
  volumes: z.record(text, z.strictObject({})),
  configs: FilesSchema,
  secrets: FilesSchema,
});

const file = fileURLToPath(new URL('../../packages/fleet/compose/compose.yaml', import.meta.url));
const compose = ComposeSchema.parse(parse(readFileSync(file, 'utf8'), { uniqueKeys: true }));
const services = Object.entries(compose.services);

describe('the Compose file of the fleet', () => {
  it.each(services)(
    'has everything that %s names',
    (_, { networks, volumes = [], configs = [], secrets = [], depends_on = [] }) => {
      for (const name of networks) expect(compose.networks).toHaveProperty(name);
      for (const volume of volumes) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
      for (const name of configs) expect(Object.keys(compose.configs)).toContain(name);
      for (const name of secrets) expect(Object.keys(compose.secrets)).toContain(name);
      for (const name of depends_on) expect(compose.services).toHaveProperty(name);
    },
  );

  it.each(services)('lets %s be no root', (_, { user }) => {
    expect(user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  });

  it.each(services)(
    'has no secret in the command line of %s, and gives its commands the files that it mounts',
    (_, service) => {
      const { command, configs = [], secrets = [] } = service;
      const line = command.join(' ');
      expect(line).not.toMatch(/:\/\/[^ /]*@|password/);
      const mounted = [...configs.map((name) => `/${name}`), ...secrets.map((name) => `/run/secrets/${name}`)];
      for (const path of mounted) expect(line).toContain(path);
      for (const [, path = ''] of line.matchAll(/(?:^|[ =])(\/[^ ]+)/g)) expect(mounted).toContain(path);
    },
  );

  it('keeps Redis where only the fleet can reach it, and configures it to evict nothing', () => {
    const redis = compose.services['redis'] ?? expect.fail();
    expect(redis.networks).toEqual(['queue']);
    expect(compose.networks['queue']).toEqual({ internal: true });
    expect(redis.command.join(' ')).toContain('--maxmemory-policy noeviction');
    expect(redis.command.join(' ')).toContain('--appendonly yes');
  });
});
