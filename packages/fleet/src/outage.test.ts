import { describe, expect, it } from 'vitest';
import { createOutage } from './outage.ts';

const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6399'), { code: 'ECONNREFUSED' });

describe('createOutage', () => {
  const warnings: string[] = [];
  const outage = createOutage('redis://fleet:secret@127.0.0.1:6399/1', (message) => warnings.push(message));

  it('warns once of each outage and once of its end, without the password', () => {
    outage.answered();
    for (const from of ['Redis', 'queue 0', 'events of queue 0']) outage.failed(from, refused);
    outage.failed('queue 0', new Error('Connection is closed.'));
    outage.answered();
    outage.answered();
    outage.failed('Redis', refused);
    const away = 'no Redis answers at redis://127.0.0.1:6399/1 (ECONNREFUSED); is it running? Trying again';
    expect(warnings.splice(0)).toEqual([away, 'Redis at redis://127.0.0.1:6399/1 answers again', away]);
  });

  it('warns of every error that is no lost connection, during an outage, too', () => {
    outage.failed('queue 0', new Error('WRONGPASS invalid username-password pair'));
    outage.failed('queue 0', new Error('OOM command not allowed'));
    expect(warnings).toEqual(['queue 0: WRONGPASS invalid username-password pair', 'queue 0: OOM command not allowed']);
  });
});
