import type { Bundle } from '@sigstore/bundle';
import { digestOnce } from '../crypto/digest-once.ts';
import type { Subject } from '../establish/subject.ts';

/**
 * Does what was signed name the artifact? `@sigstore/verify` leaves this to its caller, except for a message, whose signature is
 * over the artifact's own bytes. `payload` is the simple-signing payload of a cosign layer.
 */
export function namesSubject({ content }: Bundle, payload: Uint8Array | undefined, subject: Subject): boolean {
  if (content.$case === 'messageSignature') return payload === undefined || namesImage(payload, subject);
  const { payloadType, payload: statement } = content.dsseEnvelope;
  if (payloadType !== 'application/vnd.in-toto+json') return false;
  const { subject: named } = JSON.parse(statement.toString('utf8')) as { readonly subject?: unknown };
  return (
    Array.isArray(named) &&
    named.some(({ digest }: { readonly digest?: Readonly<Record<string, unknown>> }) =>
      ALGORITHMS.some((algorithm) => {
        const hex = digest?.[algorithm];
        return typeof hex === 'string' && hex === digestOf(subject, algorithm);
      }),
    )
  );
}

const ALGORITHMS = ['sha256', 'sha384', 'sha512'] as const;

function namesImage(payload: Uint8Array, subject: Subject): boolean {
  const { critical, Critical } = JSON.parse(Buffer.from(payload).toString('utf8')) as {
    readonly critical?: { readonly image?: { readonly 'docker-manifest-digest'?: unknown } };
    /** Tekton Chains in 2021. */
    readonly Critical?: { readonly Image?: { readonly 'Docker-manifest-digest'?: unknown } };
  };
  const named = critical?.image?.['docker-manifest-digest'] ?? Critical?.Image?.['Docker-manifest-digest'];
  return (critical === undefined || Critical === undefined) && subject.kind === 'image' && named === subject.digest;
}

function digestOf(subject: Subject, algorithm: (typeof ALGORITHMS)[number]): string | undefined {
  switch (subject.kind) {
    case 'image':
      return subject.digest.startsWith(`${algorithm}:`)
        ? subject.digest.slice(algorithm.length + 1)
        : digestOnce(algorithm, subject.manifest).toString('hex');
    case 'artifact':
      return digestOnce(algorithm, subject.bytes).toString('hex');
    case 'digest':
      return subject.algorithm === algorithm ? Buffer.from(subject.digest).toString('hex') : undefined;
  }
}
