import { afterEach, describe, expect, it } from 'vitest';
import { ask, createSetting, failure } from '../test/setting.ts';

const { serve, client, end } = createSetting();
afterEach(end);

describe('address guard', () => {
  // A name that stands for a public registry cannot be dialled here, so `namedBy` a public literal plays the public host.
  const publicHost = 'http://203.0.114.1/v2/';

  it('refuses literals in loopback and private space that a public host named', async () => {
    const target = await serve((_, response) => response.end());
    for (const url of [
      target.url,
      'http://10.0.0.1/',
      'http://[::ffff:10.0.0.1]/',
      'http://0x7f.1/',
      'http://[fd00::1]/',
    ]) {
      expect((await failure(client({ allowHttp: () => true }).request(ask(url, { namedBy: publicHost })))).code).toBe(
        'blocked-address',
      );
    }
    expect(target.requests).toHaveLength(0);
  });

  it.each(['127.0.0.1', '10.0.0.1', '169.254.169.254', '::1', 'fd00:ec2::254', '64:ff9b::a9fe:a9fe'])(
    'refuses a name that resolves to %s',
    async (address) => {
      const target = await serve((_, response) => response.end());
      const http = client({
        allowHttp: () => true,
        retries: 0,
        resolve: (_, __, done) => done(null, [{ address, family: address.includes(':') ? 6 : 4 }]),
      });
      expect((await failure(http.request(ask(`http://evil.test:${target.port}/`, { namedBy: publicHost })))).code).toBe(
        'blocked-address',
      );
      expect(target.requests).toHaveLength(0);
    },
  );

  it('refuses localhost that a public host named', async () => {
    const target = await serve((_, response) => response.end());
    expect(
      (await failure(client().request(ask(`http://localhost:${target.port}/`, { namedBy: publicHost })))).code,
    ).toBe('blocked-address');
  });

  it('checks the address that is dialled, also when the name answers differently the second time', async () => {
    const target = await serve((_, response) => response.end());
    const answers = ['127.0.0.1', '169.254.169.254'];
    const http = client({
      allowHttp: () => true,
      retries: 0,
      resolve: (_, __, done) => done(null, [{ address: answers.shift() ?? '169.254.169.254', family: 4 }]),
    });
    await http.request(ask(`http://rebind.test:${target.port}/`));
    const other = await serve((_, response) => response.end());
    expect((await failure(http.request(ask(`http://rebind.test:${other.port}/`)))).code).toBe('blocked-address');
  });

  it('lets the caller choose a private host, and a loopback host name another private host', async () => {
    const second = await serve((_, response) => response.end('there'));
    const first = await serve((_, response) =>
      response.writeHead(302, { location: `http://localhost:${second.port}/` }).end(),
    );
    expect((await client().request(ask(first.url))).status).toBe(200);
  });

  it('asks no DNS for localhost names', async () => {
    const { port } = await serve((_, response) => response.end());
    const http = client({ resolve: (_, __, done) => done(new Error('asked'), []) });
    expect((await http.request(ask(`http://reg.localhost:${port}/`))).status).toBe(200);
  });
});
