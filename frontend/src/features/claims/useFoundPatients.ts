import { useState } from 'react';
import { useSession } from '@/app/session/SessionContext';
import { authorizedFetch } from '@/graphql/client';
import { post } from '@/graphql/request';
import type { ResultOf } from '@/graphql/tada';
import { FindPatients } from './documents';
import type { Reason } from './reasons';

type Payload = NonNullable<ResultOf<typeof FindPatients>['findPatients']>;
export type Found = { people: Payload['found']; more: boolean };
type Known = { memberNumber: string; name: string; birthDate: string; reason: Reason };

/** A search for patients, past the cache: what is found is kept in this component alone. */
export function useFoundPatients() {
  const session = useSession();
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<{ message: string; field?: string | null } | null>(null);
  const [busy, setBusy] = useState(false);

  const find = async ({ memberNumber, name, birthDate, reason }: Known) => {
    setBusy(true);
    setProblem(null);
    setFound(null);
    try {
      const input = { memberNumber, name, birthDate: birthDate || null, reason };
      const { data, errors } = await post(FindPatients, { input }, null, authorizedFetch(session));
      const answer = data?.findPatients;
      const wrong = answer?.errors[0] ?? errors[0];
      if (wrong) setProblem(wrong);
      else if (answer) setFound({ people: answer.found, more: answer.more });
    } catch (error) {
      setProblem({ message: error instanceof Error ? error.message : String(error) });
    }
    setBusy(false);
  };

  return { found, problem, busy, find };
}
