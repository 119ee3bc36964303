import { z } from 'zod';
import { nullable, readAnnotations, ShapeError, withoutUndefined } from './descriptor.ts';
import { OciError } from '../error.ts';
import { parseJson } from './json.ts';

/** The configuration of an image (image-spec config.md): the fields that this client reads, all optional except the platform. */
export interface ImageConfig {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
  /** RFC 3339, as the builder wrote it. */
  readonly created?: string;
  readonly author?: string;
  readonly config?: ContainerConfig;
}

/** How a container of the image is started. */
export interface ContainerConfig {
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
  readonly Labels?: Readonly<Record<string, string>>;
}

/** A configuration, and the bytes it was read from. */
export interface FetchedConfig {
  readonly config: ImageConfig;
  readonly bytes: Uint8Array;
}

/** Media types of image configurations; a configuration of any other type belongs to an artifact. */
const configTypes: ReadonlySet<string> = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

const text = nullable(z.string());
const texts = nullable(z.array(z.string()));
const labelsSchema: z.ZodType<Readonly<Record<string, string>>> = z.unknown().transform((value, context) => {
  try {
    return readAnnotations(value, 'Labels');
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    context.addIssue(error.message);
    return z.NEVER;
  }
});
const containerSchema: z.ZodType<ContainerConfig> = z
  .object({
    User: text,
    Env: texts,
    Entrypoint: texts,
    Cmd: texts,
    WorkingDir: text,
    StopSignal: text,
    Labels: nullable(labelsSchema),
  })
  .transform((config) => withoutUndefined(config) as ContainerConfig); // same keys, without the absent ones
const configSchema: z.ZodType<ImageConfig> = z
  .object({
    architecture: z.string(),
    os: z.string(),
    variant: text,
    'os.version': text,
    created: text,
    author: text,
    config: nullable(containerSchema),
  })
  .transform((config) => withoutUndefined(config) as ImageConfig); // same keys, without the absent ones

/** Reads the bytes of a configuration whose digest was checked. @throws OciError `invalid-manifest` */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  return parseJson(bytes, configSchema, 'invalid-manifest', 'image configuration');
}

/** @throws OciError `unsupported-media-type` */
export function checkConfigType(mediaType: string): void {
  if (configTypes.has(mediaType)) return;
  throw new OciError('unsupported-media-type', 'this is not the configuration of an image, but of an artifact', {
    actual: mediaType.slice(0, 255),
  });
}
