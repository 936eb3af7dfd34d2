import type { TadaDocumentNode } from 'gql.tada';
import { useCallback, useMemo } from 'react';
import { useClient } from 'urql';
import { sayDone, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { ResultOf } from '@/graphql/tada';
import { formatDate, plural } from '@/lib/format';
import type { AlertHandleFragment } from '../documents';
import {
  AcknowledgeAlert,
  type AlertChangeFragment,
  AssignAlert,
  ReopenAlert,
  ResolveAlert,
  SnoozeAlert,
} from './mutations';

export type AlertHandle = ResultOf<typeof AlertHandleFragment>;
export type Person = { id: string; name: string };
type ChangeAnswer = { change: ResultOf<typeof AlertChangeFragment> | null };
/** Changes one alert; resolves to what went wrong, or null. */
type Change = (alert: AlertHandle) => Promise<string | null>;

/** What people do with alerts, one or many at a time. Each says what was done and can be undone. */
export function useAlertActions() {
  const client = useClient();

  const mutate = useCallback(
    async <Variables extends { id: string }>(
      document: TadaDocumentNode<ChangeAnswer, Variables>,
      variables: Variables,
    ): Promise<string | null> => {
      const answer = await client.mutation<ChangeAnswer, Variables>(document, variables);
      if (answer.error) return explain(answer.error).message;
      return answer.data?.change?.errors[0]?.message ?? null;
    },
    [client],
  );

  return useMemo(() => {
    /** Back to the state an alert was in before. */
    const restoreState: Change = ({ id, state, snoozedUntil }) => {
      switch (state) {
        case 'OPEN':
          return mutate(ReopenAlert, { id });
        case 'ACKNOWLEDGED':
          return mutate(AcknowledgeAlert, { id });
        case 'RESOLVED':
          return mutate(ResolveAlert, { id });
        case 'SNOOZED':
          return mutate(SnoozeAlert, { id, until: snoozedUntil as string });
      }
    };
    const restoreAssignee: Change = ({ id, assignee }) => mutate(AssignAlert, { id, assigneeId: assignee?.id ?? null });

    const runAll = async (alerts: readonly AlertHandle[], change: Change): Promise<AlertHandle[]> => {
      const problems = await Promise.all(alerts.map(change));
      const problem = problems.find((each) => each !== null);
      if (problem) sayProblem(problem);
      return alerts.filter((_, index) => problems[index] === null);
    };
    const act = async (alerts: readonly AlertHandle[], done: string, change: Change, undo: Change) => {
      const changed = await runAll(alerts, change);
      if (changed.length === 0) return;
      const what = changed.length === 1 ? done : `${done} · ${plural(changed.length, 'alert')}`;
      sayDone(what, () => runAll(changed, undo));
    };

    return {
      acknowledge: (alerts: readonly AlertHandle[]) =>
        act(alerts, 'Acknowledged', ({ id }) => mutate(AcknowledgeAlert, { id }), restoreState),
      snooze: (alerts: readonly AlertHandle[], until: string) =>
        act(alerts, `Snoozed until ${formatDate(until)}`, ({ id }) => mutate(SnoozeAlert, { id, until }), restoreState),
      resolve: (alerts: readonly AlertHandle[]) =>
        act(alerts, 'Resolved', ({ id }) => mutate(ResolveAlert, { id }), restoreState),
      reopen: (alerts: readonly AlertHandle[]) =>
        act(alerts, 'Reopened', ({ id }) => mutate(ReopenAlert, { id }), restoreState),
      assign: (alerts: readonly AlertHandle[], person: Person | null) =>
        act(
          alerts,
          person ? `Assigned to ${person.name}` : 'Unassigned',
          ({ id }) => mutate(AssignAlert, { id, assigneeId: person?.id ?? null }),
          restoreAssignee,
        ),
    };
  }, [mutate]);
}
