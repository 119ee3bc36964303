import { GUARD, NOT_A_DOOR, options, text, walkDoors } from './walk-doors.ts';
import * as entry from '@sigtrail/admission';

walkDoors({
  entries: [entry],
  isOurs: entry.isAdmissionError,
  rows: {
    AdmissionError: NOT_A_DOOR,
    isAdmissionError: GUARD,
    // Nothing is there.
    startAdmission: [text('/none/settings.yaml'), options()],
  },
});
