export type { SignatureLayer } from './signature-layer.ts';
export { toBundle } from './to-bundle.ts';
export type { ToBundleOptions } from './to-bundle.ts';
