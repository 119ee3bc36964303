/** What a report says among its relaxations where the second judge was not asked. */
export const SECOND_JUDGE_OFF = 'the second judge, @sigstore/verify, was switched off';
