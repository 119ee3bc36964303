/** What is said about a Redis that is away: once when it goes, and once when it is back, however many connections notice. */
export interface Outage {
  /** A connection failed, or what needs one did. */
  failed(from: string, error: Error): void;
  /** A connection is there. */
  answered(): void;
}

const LOST: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** What ioredis says of a command that has no connection. */
const WITHOUT_CONNECTION = /^(?:Connection is closed|Stream isn't writeable)/;

/** Begins with a Redis that is taken to be there. */
export function createOutage(redis: string, onWarning: (message: string) => void): Outage {
  let isAway = false;
  return {
    failed: (from, error) => {
      const code = lostCodeOf(error);
      if (isAway && (code !== undefined || WITHOUT_CONNECTION.test(error.message))) return;
      if (code === undefined) return onWarning(`${from}: ${error.message}`);
      isAway = true;
      onWarning(`no Redis answers at ${addressOf(redis)} (${code}); is it running? Trying again`);
    },
    answered: () => {
      if (!isAway) return;
      isAway = false;
      onWarning(`Redis at ${addressOf(redis)} answers again`);
    },
  };
}

/** Why there is no connection; `undefined` where the error is about something else. */
export function lostCodeOf(error: Error): string | undefined {
  const { code }: NodeJS.ErrnoException = error;
  return code !== undefined && LOST.has(code) ? code : undefined;
}

/** The address without the user and the password that it may hold. */
export function addressOf(redis: string): string {
  const { protocol, host, pathname } = new URL(redis);
  return `${protocol}//${host}${pathname}`;
}
