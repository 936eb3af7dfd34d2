import { Button, Group, Kbd, SegmentedControl, Skeleton } from '@mantine/core';
import { IconDeviceFloppy, IconPlayerPlay, IconPlayerStop, IconPlus } from '@tabler/icons-react';
import type { GraphQLSchema } from 'graphql';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useCommands } from '@/app/commands/registry';
import { useViewer } from '@/app/session/SessionContext';
import { say } from '@/app/undo/undo';
import type { Problem } from '@/graphql/problem';
import { useDraft } from '@/lib/drafts';
import { Page } from '@/ui/Page';
import { schemaFrom, useAsking } from './asking';
import { CostLine } from './CostLine';
import type { DocsPlace } from './DocsPanel';
import { Editor, type EditorHandle } from './Editor';
import type { Example } from './ExamplesPanel';
import classes from './explore.module.css';
import { HistoryPanel } from './HistoryPanel';
import { useHistory } from './history';
import { read } from './operations';
import { payersFound } from './payersFound';
import { type Answered, Result } from './Result';
import type { SaveValues } from './SaveDialog';
import { SavedPanel } from './SavedPanel';
import { useCost } from './useCost';
import { type SavedQuery, useSavedQueries } from './useSavedQueries';
import { VariablesForm } from './VariablesForm';
import { fieldsOf, type Typed, typedOf, valuesOf } from './variables';

// What is not there at first is fetched when it is asked for.
const DocsPanel = lazy(() => import('./DocsPanel'));
const ExamplesPanel = lazy(() => import('./ExamplesPanel'));
const SaveDialog = lazy(() => import('./SaveDialog'));
const ScheduleDialog = lazy(() => import('./ScheduleDialog'));

type Draft = { text: string; typed: Typed; open: SavedQuery | null };
type Panel = 'examples' | 'saved' | 'history' | 'schema';
type Asked = { dialog: 'save' | 'rename' | 'schedule'; query: SavedQuery | null };

const NOTHING: Draft = { text: '', typed: {}, open: null };
const RUN_KEYS = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘ ↵' : 'Ctrl ↵';

/** Questions of one's own to the graph, by who may write queries. */
export function ExplorePage() {
  const viewer = useViewer();
  const [draft, setDraft] = useDraft<Draft>(`explore ${viewer.organization.id} ${viewer.id}`, NOTHING);
  const { ask, send } = useAsking();
  const history = useHistory();
  const { create, change } = useSavedQueries();
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  const [cursor, setCursor] = useState(0);
  const [panel, setPanel] = useState<Panel>('examples');
  const [trail, setTrail] = useState<DocsPlace[]>([]);
  const [answered, setAnswered] = useState<Answered | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [running, setRunning] = useState<AbortController | null>(null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [tried, setTried] = useState(false);
  const editor = useRef<EditorHandle>(null);

  useEffect(() => {
    schemaFrom(ask).then(setSchema, ({ message }: Error) => setFailure(message));
  }, [ask]);
  useEffect(() => () => running?.abort(), [running]);

  const { document, operation, problem } = useMemo(() => read(draft.text, cursor), [draft.text, cursor]);
  const fields = useMemo(() => fieldsOf(operation, schema), [operation, schema]);
  const given = useMemo(() => valuesOf(fields, draft.typed), [fields, draft.typed]);
  const variables = JSON.stringify(given.values);
  const operationName = operation?.name?.value;
  const cost = useCost(send, draft.text, variables, operationName, problem === null);

  const open = (next: Partial<Draft>) => {
    setDraft({ ...NOTHING, ...next });
    setTried(false);
    setFailure(null);
    setAnswered(null);
    editor.current?.mark([]);
  };

  const begin = async ({ query, variables: values }: Example) => {
    open({ text: query, typed: await payersFound(send, typedOf(values)) });
  };

  const run = async () => {
    setTried(true);
    if (problem || !document || !operation) {
      setFailure(problem);
      return;
    }
    if (Object.keys(given.problems).length > 0) return;
    const controller = new AbortController();
    setRunning(controller);
    setFailure(null);
    editor.current?.mark([]);
    try {
      const question = { query: draft.text, variables: given.values, operationName };
      const outcome = await ask(question, controller.signal);
      setAnswered({ outcome, document, operation });
      history.add(draft.text);
      editor.current?.mark(
        outcome.errors.flatMap(({ message, locations }) => (locations ?? []).map((place) => ({ ...place, message }))),
      );
    } catch (error) {
      if (controller.signal.aborted) say('The query was cancelled.');
      else
        setFailure(error instanceof TypeError ? 'The server cannot be reached. Try again.' : (error as Error).message);
    } finally {
      setRunning(null);
    }
  };

  const keep = async ({ name, description, shared }: SaveValues): Promise<Problem | null> => {
    const answer =
      asked?.dialog === 'rename' && asked.query
        ? await change(asked.query.id, { name, description, shared })
        : await create({ name, description, shared, text: draft.text, variables: given.values });
    if ('problem' in answer) return answer.problem;
    if (asked?.dialog === 'save' || draft.open?.id === answer.saved.id) setDraft({ ...draft, open: answer.saved });
    setPanel('saved');
    say(`“${answer.saved.name}” saved.`);
    return null;
  };

  const changed =
    draft.open !== null && (draft.open.text !== draft.text || JSON.stringify(draft.open.variables) !== variables);
  const save = async () => {
    if (!draft.open?.own) return setAsked({ dialog: 'save', query: null });
    const answer = await change(draft.open.id, { text: draft.text, variables: given.values });
    if ('problem' in answer) setFailure(answer.problem.message);
    else {
      setDraft({ ...draft, open: answer.saved });
      say(`“${answer.saved.name}” saved.`);
    }
  };

  useCommands([
    { id: 'run-query', label: 'Run the query', group: 'Act', keys: 'mod+Enter', run: () => void run() },
    { id: 'new-query', label: 'Write a new query', group: 'Act', keys: 'n', run: () => open({}) },
  ]);

  return (
    <Page title="Explore" lead="Your own questions, in GraphQL: any cut of claims and outcomes that your role may see">
      <div className={classes.layout}>
        <section className={classes.work} aria-label="Query and its values">
          <div className={classes.toolbar}>
            <span className={classes.opened}>
              {draft.open ? draft.open.name : 'A new query'}
              {changed ? <span className={classes.note}> · changed</span> : null}
            </span>
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                leftSection={<IconPlus size={15} />}
                disabled={draft.text === ''}
                onClick={() => open({})}
              >
                New
              </Button>
              <Button
                size="xs"
                variant="default"
                leftSection={<IconDeviceFloppy size={15} />}
                disabled={problem !== null || (draft.open !== null && !changed)}
                onClick={() => void save()}
              >
                Save
              </Button>
              {running ? (
                <Button
                  size="xs"
                  color="red"
                  leftSection={<IconPlayerStop size={15} />}
                  onClick={() => running.abort()}
                >
                  Cancel
                </Button>
              ) : (
                <Button size="xs" leftSection={<IconPlayerPlay size={15} />} onClick={() => void run()}>
                  Run <Kbd className={classes.keys}>{RUN_KEYS}</Kbd>
                </Button>
              )}
            </Group>
          </div>
          <Editor
            text={draft.text}
            schema={schema}
            onChange={(text) => setDraft({ ...draft, text })}
            onCursor={setCursor}
            onRun={() => void run()}
            onShow={(field, type, parent) => {
              const place = parent && field ? { type: parent, field } : type ? { type } : null;
              if (!place) return;
              setPanel('schema');
              setTrail([...trail, place]);
            }}
            handle={editor}
          />
          <CostLine cost={cost} problem={problem} />
          <VariablesForm
            fields={fields}
            typed={draft.typed}
            problems={tried ? given.problems : {}}
            onChange={(typed) => setDraft({ ...draft, typed })}
          />
        </section>

        <aside className={classes.side} aria-label="Beginnings">
          <SegmentedControl
            aria-label="Panel"
            fullWidth
            size="xs"
            value={panel}
            onChange={(chosen) => setPanel(chosen as Panel)}
            data={[
              { value: 'examples', label: 'Examples' },
              { value: 'saved', label: 'Saved' },
              { value: 'history', label: 'History' },
              { value: 'schema', label: 'Schema' },
            ]}
          />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: A region that scrolls must be reachable by keyboard. */}
          <section className={classes.panel} tabIndex={0} aria-label={panel}>
            <Suspense fallback={<Skeleton height={200} radius={8} />}>
              {panel === 'examples' ? <ExamplesPanel onOpen={(example) => void begin(example)} /> : null}
              {panel === 'saved' ? (
                <SavedPanel
                  openId={draft.open?.id ?? null}
                  onOpen={(query) => open({ text: query.text, typed: typedOf(query.variables), open: query })}
                  onRename={(query) => setAsked({ dialog: 'rename', query })}
                  onSchedule={(query) => setAsked({ dialog: 'schedule', query })}
                  onGone={(query) => {
                    if (draft.open?.id === query.id) setDraft({ ...draft, open: null });
                  }}
                />
              ) : null}
              {panel === 'history' ? <HistoryPanel history={history} onOpen={(text) => open({ text })} /> : null}
              {panel === 'schema' ? (
                schema ? (
                  <DocsPanel schema={schema} trail={trail} onTrail={setTrail} />
                ) : (
                  <Skeleton height={200} radius={8} />
                )
              ) : null}
            </Suspense>
          </section>
        </aside>

        <div className={classes.result}>
          <Result
            answered={answered}
            failure={failure}
            running={running !== null}
            schema={schema}
            onCancel={() => running?.abort()}
            onGoTo={(line, column) => editor.current?.goTo(line, column)}
          />
        </div>
      </div>

      <Suspense>
        {asked?.dialog === 'save' || asked?.dialog === 'rename' ? (
          <SaveDialog
            title={asked.dialog === 'save' ? 'Save the query' : 'Rename the query'}
            initial={
              asked.query
                ? { name: asked.query.name, description: asked.query.description, shared: asked.query.shared }
                : {
                    name: draft.open ? `${draft.open.name} (copy)` : (operationName ?? ''),
                    description: '',
                    shared: false,
                  }
            }
            onSave={keep}
            onClose={() => setAsked(null)}
          />
        ) : null}
        {asked?.dialog === 'schedule' && asked.query ? (
          <ScheduleDialog query={asked.query} onClose={() => setAsked(null)} />
        ) : null}
      </Suspense>
    </Page>
  );
}
