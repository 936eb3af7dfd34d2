import type { VariablesOf } from '@/graphql/tada';
import type { PatientQuery } from './documents';

/** Why patients' identities are read; it stands in the audit trail. */
export type Reason = VariablesOf<typeof PatientQuery>['reason'];

export const REASONS: [Reason, string][] = [
  ['PAYMENT', 'Following up a payment'],
  ['APPEAL', 'Appealing a denial'],
  ['CORRECTION', 'Correcting the claim'],
  ['PATIENT_ASKED', 'The patient asks'],
  ['QUALITY', 'Checking our work'],
  ['OTHER', 'Another reason'],
];
