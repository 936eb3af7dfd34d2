import { useCallback, useState } from 'react';
import { useSession } from '@/app/session/SessionContext';
import { authorizedFetch } from '@/graphql/client';
import { post } from '@/graphql/request';
import type { ResultOf } from '@/graphql/tada';
import { PatientQuery } from './documents';
import type { Reason } from './reasons';
import { useHiding } from './useHiding';

type Answer = ResultOf<typeof PatientQuery>;
type Patient = NonNullable<NonNullable<Answer['claim']>['patient']>;

/**
 * A patient's identity for as long as it may stand on screen. It is asked for past the cache and kept in this
 * component alone, so that hiding it removes it from the page's memory.
 */
export function useRevealedPatient(claimId: string) {
  const session = useSession();
  const [patient, setPatient] = useState<Patient | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const hide = useCallback(() => setPatient(null), []);
  useHiding(patient !== null, hide);

  const reveal = async (reason: Reason) => {
    setBusy(true);
    setProblem(null);
    try {
      const answer = await post(PatientQuery, { id: claimId, reason }, null, authorizedFetch(session));
      const found = answer.data?.claim?.patient ?? null;
      setPatient(found);
      if (!found) setProblem(answer.errors[0]?.message ?? 'This claim names no patient.');
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };

  return { patient, problem, busy, reveal, hide };
}
