/** An answer about to be sent. `undefined` headers are left out. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** An answer in JSON. */
export function json(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** A refusal in the words of distribution-spec §error-codes. */
export function problem(status: number, code: string, headers: Answer['headers'] = {}): Answer {
  return json(status, { errors: [{ code, message: code.toLowerCase().replaceAll('_', ' ') }] }, headers);
}
