import { useCallback } from 'react';
import { useClient } from 'urql';
import { say, sayProblem } from '@/app/undo/undo';
import { explain } from '@/graphql/failure';
import type { VariablesOf } from '@/graphql/tada';
import { download } from '@/lib/download';
import { CreateExport, ExportLink, RetryExport } from './documents';

type ExportRequest = VariablesOf<typeof CreateExport>['input'];

/** Creating, downloading and retrying exports; each says how it went. */
export function useExports() {
  const client = useClient();

  const create = useCallback(
    async (input: ExportRequest) => {
      const answer = await client.mutation(CreateExport, { input });
      const made = answer.data?.createExport?.export;
      const problem = answer.error ? explain(answer.error).message : answer.data?.createExport?.errors[0]?.message;
      if (made) say(`“${made.title}” is being made. It will wait for you under Exports, at the top of the page.`);
      else sayProblem(problem ?? 'The export could not be started.');
      return made !== null && made !== undefined;
    },
    [client],
  );

  const open = useCallback(
    async (id: string) => {
      const answer = await client.query(ExportLink, { id }, { requestPolicy: 'network-only' });
      const url = answer.data?.export?.downloadUrl;
      if (url) download(url);
      else if (answer.data?.export?.expired) sayProblem('This export has expired. Make it again to download it.');
      else sayProblem(answer.error ? explain(answer.error).message : 'The file is not ready to download.');
    },
    [client],
  );

  const retry = useCallback(
    async (id: string) => {
      const answer = await client.mutation(RetryExport, { id });
      const problem = answer.error ? explain(answer.error).message : answer.data?.retryExport?.errors[0]?.message;
      if (problem) sayProblem(problem);
      else say('The export is being made again.');
    },
    [client],
  );

  return { create, open, retry };
}
