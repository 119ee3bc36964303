/** A layer of cosign's `.sig` or `.att` manifests, or a DSSE envelope that refers to an image: its bytes and its annotations. */
export interface SignatureLayer {
  /** `simple-signing`: the signature is an annotation and signs the layer. `dsse`: the layer is an envelope. */
  readonly kind: 'simple-signing' | 'dsse';
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
  /** Which signature of an envelope, counted from 0; default the first. A bundle holds only one. */
  readonly signature?: number;
}
