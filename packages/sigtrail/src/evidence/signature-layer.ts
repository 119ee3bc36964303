/** A layer of cosign's `.sig` or `.att` manifests, or a DSSE envelope beside an image: its bytes and the annotations beside them. */
export interface SignatureLayer {
  /** `simple-signing`: the signature is an annotation, and the layer what it signs. `dsse`: the layer is an envelope. */
  readonly kind: 'simple-signing' | 'dsse';
  readonly bytes: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
  /** Which signature of an envelope, counted from 0; default the first. A bundle has one. */
  readonly signature?: number;
}
