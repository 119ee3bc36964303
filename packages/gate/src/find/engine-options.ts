/** Options of `docker run` and `podman run` that take no value. */
const SWITCHES: ReadonlySet<string> = new Set(
  'detach disable-content-trust env-host help http-proxy init interactive no-healthcheck no-hostname no-hosts oom-kill-disable passwd privileged publish-all quiet read-only read-only-tmpfs replace rm rmi rootfs sig-proxy tls-verify tty unsetenv-all use-api-socket'.split(
    ' ',
  ),
);

/** Where the options of a `run` name an image: in a mount, or at what is neither an option nor its value. What comes behind it is its command. -1: nowhere. */
export function imageInRun(options: readonly string[]): number {
  let isValue = false;
  for (const [index, option] of options.entries()) {
    if (mountsImage(option)) return index;
    if (isValue) isValue = false;
    else if (!option.startsWith('-') || option === '-' || option === '--' || /^[^=]*\$\{/.test(option)) return index;
    else isValue = takesValue(option);
  }
  return -1;
}

/**
 * Whether a text such as `type=image,source=…,target=…` mounts an image, as Docker 28 and Podman do. A variable of the editor's host counts as its default, and one whose place or
 * default could make such a type counts as that.
 */
export function mountsImage(mount: string): boolean {
  const text = mount.replace(/[\s"']/g, '');
  const filled = text.replaceAll(
    /\$\{[^}:]*(?::[^}:]*)?(?::([^}]*))?\}/g,
    (_, otherwise: string | undefined) => otherwise ?? '',
  );
  return [text, filled].some((one) => /=image(?:[,}]|$)|\btype=[^,]*\$\{|\}[^,$]*=/i.test(one));
}

function takesValue(option: string): boolean {
  if (option.startsWith('--')) return !option.includes('=') && !SWITCHES.has(option.slice(2));
  // Of several letters, the first that takes a value takes those behind it, or else the next argument.
  return /^-[diPqt]*[^diPqt]$/.test(option);
}

/** Where the options of a `build` decide what it builds from. -1: nowhere. */
export function changingBuild(options: readonly string[]): number {
  return options.findIndex((option) =>
    /^-[a-z]*f|^--(?:file|build-arg|build-context|sbom|attest)(?:=|$)|\$\{/i.test(option),
  );
}
