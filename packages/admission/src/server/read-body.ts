import type { IncomingMessage } from 'node:http';
import { AdmissionError } from '../error.ts';

/** The whole body, or an error at the byte past the limit. @throws AdmissionError `invalid-review` */
export async function readRequestBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // The stream of a request without an encoding gives buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new AdmissionError('invalid-review', `the request body is larger than ${String(maxBytes)} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
