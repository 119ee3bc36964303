import type { Behaviour } from './behaviour.ts';
import { basicFor, open } from './configurations.ts';

const noAccount =
  'echo "ERROR: (gcloud.auth.docker-helper) You do not currently have an active account selected." >&2; exit 1';

const scripts = {
  'that fails': noAccount,
  'that fails and says so on standard output':
    'echo "error getting credentials - err: gpg: decryption failed: No secret key"; exit 1',
  'that says nothing': 'exit 0',
  'that writes a warning before its JSON': `echo "Warning: keychain locked"; echo '{"Username":"u","Secret":"p"}'`,
  'that knows nothing': 'echo "credentials not found in native keychain"; exit 1',
} as const;

const store = (script: string) => () => ({
  config: '{"auths":{},"credsStore":"acme"}',
  helpers: { acme: `#!/bin/sh\ncat >/dev/null\n${script}\n` },
});

const publicRead =
  'A public image needs no credentials: a warning names the helper and what it said, and the read goes on without it.';

/** Credential helpers that fail. */
export const helpers: readonly Behaviour[] = [
  {
    name: 'a credential helper that works',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: store(`echo '{"ServerURL":"registry","Username":"u","Secret":"p"}'`),
    ours: 'reads the manifest',
    why: 'docker-credential-helpers describes the exchange.',
  },
  ...Object.entries(scripts).map(
    ([name, script]): Behaviour => ({
      name: `a public image and a credential helper ${name}`,
      operation: 'manifest',
      respond: open,
      setting: store(script),
      ours: 'reads the manifest',
      why: publicRead,
    }),
  ),
  {
    name: 'a public image and a credential helper that isn’t installed',
    met: 'indexable-inc/index #2954 (crane)',
    operation: 'manifest',
    respond: open,
    setting: () => ({ config: '{"auths":{},"credsStore":"not-installed"}' }),
    ours: 'reads the manifest',
    why: publicRead,
  },
  ...(['that fails', 'that writes a warning before its JSON'] as const).map(
    (name): Behaviour => ({
      name: `a private image and a credential helper ${name}`,
      operation: 'manifest',
      respond: basicFor('u:p'),
      setting: store(scripts[name]),
      ours: 'refuses: invalid-config',
      why: 'The helper’s failure caused the registry’s 401: the message names the helper and quotes it.',
    }),
  ),
  {
    name: 'a credential helper that hangs, and a call that may take 2 s',
    operation: 'manifest',
    respond: open,
    setting: store('exec sleep 60'),
    options: { timeoutMs: 2000 },
    ours: 'refuses: timeout',
    why: 'The message names the helper. It gets 20 s, so a call with the usual 30 s still reads public content without it.',
  },
  {
    name: 'a private image and a credential helper that knows nothing',
    operation: 'manifest',
    respond: basicFor('u:p'),
    setting: store(scripts['that knows nothing']),
    ours: 'refuses: unauthorized',
    why: 'The helper answered; the message says that no credentials were sent.',
  },
];
