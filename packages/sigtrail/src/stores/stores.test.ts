import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../../test/attempt.ts';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { createVerifier } from '../verifier.ts';
import { type ContentStore, directoryStore, memoryStore } from './index.ts';

const bytesOf = (text: string, length = 10): Uint8Array => Buffer.alloc(length, text);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sigtrail-store-'));
});
afterEach(async () => rm(directory, { recursive: true }));

async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

async function sizeOf(folder: string): Promise<number> {
  const found = await Promise.all((await filesIn(folder)).map(async (file) => lstat(file)));
  return found.reduce((sum, { size }) => sum + size, 0);
}

describe.each<readonly [string, (options: { readonly maxBytes: number }) => ContentStore]>([
  ['memoryStore', (options) => memoryStore(options)],
  ['directoryStore', (options) => directoryStore(directory, options)],
])('%s', (_, create) => {
  it('gives back what it was given, under any key', async () => {
    const store = create({ maxBytes: 10_000 });
    const keys = ['a', '../../etc/passwd', 'registry.test/acme/app/blobs -@sha256:00', '\0', 'é'.repeat(500)];
    expect(await store.get('a')).toBeUndefined();
    for (const key of keys) await store.set(key, bytesOf(key));
    for (const key of keys) expect(Buffer.from((await store.get(key)) ?? [])).toEqual(bytesOf(key));
  });

  it('stays within its size, and keeps what came last', async () => {
    const store = create({ maxBytes: 10_000 });
    for (let index = 0; index < 60; index += 1) await store.set(`${index}`, bytesOf('x', 700));
    expect(await store.get('0')).toBeUndefined();
    expect(await store.get('59')).toBeDefined();
    expect(await sizeOf(directory)).toBeLessThanOrEqual(11_000);
  });

  it('leaves out what would fill it alone', async () => {
    const store = create({ maxBytes: 1000 });
    await store.set('a', bytesOf('a', 5000));
    expect(await store.get('a')).toBeUndefined();
  });

  it('refuses values that are not sizes', () => {
    for (const maxBytes of [0, -1, 1.5, Number.NaN, '5'])
      expect(() => create({ maxBytes: maxBytes as number })).toThrow(TypeError);
    expect(() => create({ maxBtyes: 5 } as never)).toThrow(TypeError);
  });
});

describe('a directory', () => {
  it('keeps what was used lately, and deletes nothing that is not its own', async () => {
    const store = directoryStore(directory, { maxBytes: 10_000 });
    await mkdir(join(directory, 'ab'));
    const notOurs = [join(directory, 'notes.txt'), join(directory, 'ab', 'notes.txt')];
    for (const file of notOurs) await writeFile(file, Buffer.alloc(50_000));
    const age = async (days: number, files: readonly string[]): Promise<void> => {
      const then = new Date(Date.now() - days * 86_400_000);
      for (const file of files) await utimes(file, then, then);
    };
    await store.set('unused', bytesOf('u', 700));
    const unused = (await filesIn(directory)).filter((file) => !notOurs.includes(file));
    await age(2, unused);
    for (const name of ['used', ...Array.from({ length: 10 }, (_, index) => `${index}`)])
      await store.set(name, bytesOf('u', 700));
    await age(
      1,
      (await filesIn(directory)).filter((file) => !unused.includes(file)),
    );
    expect(await store.get('used')).toBeDefined();
    for (const name of ['a', 'b', 'c']) await store.set(name, bytesOf('x', 700));
    expect([(await store.get('used')) !== undefined, await store.get('unused')]).toEqual([true, undefined]);
    for (const file of notOurs) expect((await lstat(file)).size).toBe(50_000);
  });

  it('that others may write to is not written to', async () => {
    await chmod(directory, 0o777);
    await expect(directoryStore(directory).set('a', bytesOf('a'))).rejects.toThrow('no other user may write');
  });

  it.each(['a link', 'a directory that others may write to'])('has nothing written through %s in it', async (kind) => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'sigtrail-elsewhere-'));
    try {
      // The folder of a key is known once it is written.
      await directoryStore(directory).set('a', bytesOf('a'));
      const [folder = ''] = await readdir(directory);
      await rm(join(directory, folder), { recursive: true });
      if (kind === 'a link') await symlink(elsewhere, join(directory, folder));
      else {
        await mkdir(join(directory, folder));
        await chmod(join(directory, folder), 0o777);
      }
      await expect(directoryStore(directory).set('a', bytesOf('a'))).rejects.toThrow('no other user may write');
      expect([await readdir(elsewhere), await readdir(join(directory, folder))]).toEqual([[], []]);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });

  it('keeps no part of what it could not write, nor of what it could not put in its place', async () => {
    const program = `
      import { directoryStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      process.on('SIGXFSZ', () => undefined);
      await directoryStore(process.argv[1]).set('a', Buffer.alloc(200_000)).catch(({ code }) => console.log(code));`;
    // A limit of the size of files ends a write in its midst, as a full disk does.
    const command = 'ulimit -f 20; exec "$0" --conditions=@sigtrail/source --input-type=module --eval "$1" "$2"';
    const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, program, directory], {
      cwd: import.meta.dirname,
    });
    expect([stdout.trim(), await filesIn(directory)]).toEqual(['EFBIG', []]);
    await directoryStore(directory).set('a', bytesOf('a'));
    const [file = ''] = await filesIn(directory);
    await rm(file);
    await mkdir(file);
    await expect(directoryStore(directory).set('a', bytesOf('a'))).rejects.toThrow('EISDIR');
    expect(await filesIn(directory)).toEqual([]);
  });

  it('survives processes that are killed while they write, several at once', { timeout: 60_000 }, async () => {
    const program = `
      import { directoryStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
      const store = directoryStore(process.argv[1], { maxBytes: 2_000_000 });
      console.log('ready');
      for (let index = 0; ; index += 1) await store.set('key ' + index % 50, Buffer.alloc(20_000 + index % 50, index % 50));`;
    const writers = [1, 2].map(() =>
      spawn(process.execPath, ['--conditions=@sigtrail/source', '--input-type=module', '--eval', program, directory], {
        cwd: import.meta.dirname,
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    );
    for (const { stdout } of writers) await once(stdout, 'data');
    const store = directoryStore(directory, { maxBytes: 2_000_000 });
    const expectWhole = async (): Promise<number> => {
      let found = 0;
      for (let index = 0; index < 50; index += 1) {
        const bytes = await store.get(`key ${index}`);
        if (bytes === undefined) continue;
        found += 1;
        expect(Buffer.from(bytes).equals(Buffer.alloc(20_000 + index, index))).toBe(true);
      }
      return found;
    };
    while ((await expectWhole()) < 50);
    for (const writer of writers) {
      writer.kill('SIGKILL');
      await once(writer, 'exit');
    }
    expect(await expectWhole()).toBe(50);
    await store.set('another', bytesOf('a'));
    // At most one half of a file of each process that was killed, until an hour is over.
    const left = (await filesIn(directory)).filter((file) => file.endsWith('.tmp'));
    expect(left.length).toBeLessThanOrEqual(writers.length);
    const old = new Date(Date.now() - 7_200_000);
    for (const file of left) await utimes(file, old, old);
    await directoryStore(directory).set('yet another', bytesOf('a'));
    expect((await filesIn(directory)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a verifier with a store', () => {
  let image: ImageUnderTest;
  beforeEach(async () => {
    image = await createImage();
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
  });
  afterEach(() => image.close());

  interface Asked {
    readonly verdict: string;
    readonly requests: number;
    readonly warnings: readonly string[];
  }

  /** What a new process would make of the image. */
  async function ask(blobs?: ContentStore, subject: string = identity.subject): Promise<Asked> {
    const warnings: string[] = [];
    const before = image.registry.requests.length;
    await using verifier = createVerifier({
      ...image.options,
      registry: { onWarning: ({ text }) => void warnings.push(text) },
      ...(blobs === undefined ? {} : { stores: { blobs } }),
    });
    const { verdict } = await verifier.evaluate(image.reference, { signedBy: { ...identity, subject } });
    return { verdict, requests: image.registry.requests.length - before, warnings };
  }

  it('asks for less after a restart, and gives the same verdicts', async () => {
    const without = await ask();
    await ask(directoryStore(directory));
    const again = await ask(directoryStore(directory));
    expect(again.verdict).toBe('verified');
    expect(again.requests).toBeLessThan(without.requests);
    expect((await ask(directoryStore(directory), 'https://github.com/other/workflow')).verdict).toBe('rejected');
  });

  const POISONS: readonly [string, (file: string) => Promise<unknown>][] = [
    ['other bytes', async (file) => writeFile(file, 'poison')],
    [
      'one other bit',
      async (file) => {
        const bytes = await readFile(file);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        await writeFile(file, bytes);
      },
    ],
    ['half of it', async (file) => truncate(file, (await lstat(file)).size >> 1)],
    ['nothing', async (file) => truncate(file, 0)],
    ['eight MiB', async (file) => truncate(file, 8 * 1024 ** 2)],
    [
      'a link',
      async (file) => {
        await writeFile(join(directory, 'elsewhere'), await readFile(file));
        await rm(file);
        await symlink(join(directory, 'elsewhere'), file);
      },
    ],
    [
      'a link to itself',
      async (file) => {
        await rm(file);
        await symlink(file, file);
      },
    ],
    [
      'a link to a device',
      async (file) => {
        await rm(file);
        await symlink('/dev/zero', file);
      },
    ],
    [
      'a directory',
      async (file) => {
        await rm(file);
        await mkdir(file);
      },
    ],
    [
      'a pipe',
      async (file) => {
        await rm(file);
        await promisify(execFile)('mkfifo', [file]);
      },
    ],
    ['a file that others may write', async (file) => chmod(file, 0o666)],
    ['a file that may not be read', async (file) => chmod(file, 0o200)],
    [
      'the bytes of another file',
      async (file) => {
        const [first, second] = await filesIn(directory);
        await writeFile(file, await readFile((first === file ? second : first) ?? file));
      },
    ],
  ];

  it.each(POISONS)('is not misled by %s in it', async (_, poison) => {
    await ask(directoryStore(directory));
    const files = await filesIn(directory);
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) await poison(file);
    expect((await ask(directoryStore(directory))).verdict).toBe('verified');
    expect((await ask(directoryStore(directory), 'https://github.com/other/workflow')).verdict).toBe('rejected');
  });

  it('does without a store that fails, and says so once', async () => {
    const without = await ask();
    const fail = (): never => {
      throw new Error('the disk is full');
    };
    const failing = await ask({ get: fail, set: fail });
    expect(failing).toMatchObject({ verdict: 'verified', requests: without.requests });
    expect(failing.warnings).toEqual(['the store of the cache failed and was left out']);
    await writeFile(join(directory, 'file'), '');
    expect(await ask(directoryStore(join(directory, 'file')))).toMatchObject({ verdict: 'verified' });
  });

  it('never says that an image has a signature after it lost it', async () => {
    const blobs = directoryStore(directory);
    expect((await ask(blobs)).verdict).toBe('verified');
    image.registry.configure({ referrersApi: false, fallbackTags: 'stored' });
    expect((await ask(blobs)).verdict).toBe('rejected');
  });
});

it('refuses values that are not stores, and two stores for one purpose', () => {
  const blobs = memoryStore();
  for (const options of [
    { stores: {} },
    { stores: { blobs: {} } },
    { stores: { blobs, listing: blobs } },
    { stores: { listings: blobs } },
    { stores: { blobs }, registry: { cache: { store: blobs } } },
  ])
    expect(() => createVerifier(options as never)).toThrow(TypeError);
});
