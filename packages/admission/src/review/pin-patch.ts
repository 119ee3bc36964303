/** One operation of RFC 6902. */
export interface PatchOperation {
  readonly op: 'replace';
  readonly path: string;
  readonly value: string;
}

/** The two members of an answer that change the object. Nothing to change gives neither. */
export function patchMembers(operations: readonly PatchOperation[]): {
  readonly patchType?: 'JSONPatch';
  readonly patch?: string;
} {
  if (operations.length === 0) return {};
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
