/** The package that is the second judge, and the version of it that is installed here. */
export async function secondJudgeVersion(): Promise<{ readonly name: string; readonly version: string }> {
  const { default: manifest } = await import('@sigstore/verify/package.json', { with: { type: 'json' } });
  return { name: '@sigstore/verify', version: manifest.version };
}
