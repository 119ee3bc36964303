/** Whether a reference names an image layout on disk, a directory or a tar file, and not an image of a registry. */
export function isLayoutReference(reference: string): boolean {
  return reference.startsWith('oci:') || reference.startsWith('oci-archive:');
}
