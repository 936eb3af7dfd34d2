import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { dana, pageOf, READING, upload } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const mapping = (id: string, names: string[], changes: Record<string, unknown> = {}) => ({
  id,
  payer: '',
  dayFirst: null as boolean | null,
  decimalMark: null as string | null,
  confirmedAt: '2026-03-01T10:00:00Z',
  confirmedBy: dana as typeof dana | null,
  uploads: 0,
  lastUsedAt: null as string | null,
  columns: names.map((name, place) => ({ name, field: ['claim_id', 'outcome', ''][place] ?? '' })),
  outcomeWords: [] as { word: string; outcome: string }[],
  ...changes,
});
let mappings: ReturnType<typeof mapping>[];
let forgotten: typeof mappings;

const root = {
  sourceMappings: () => pageOf(mappings),
  forgetSourceMapping: ({ id }: { id: string }) => {
    forgotten = mappings.filter((each) => each.id === id);
    mappings = mappings.filter((each) => each.id !== id);
    return { sourceMapping: null, errors: [] };
  },
  restoreSourceMapping: () => {
    mappings = [...forgotten, ...mappings];
    return { sourceMapping: null, errors: [] };
  },
};
const list = () => screen.findByRole('list', { name: 'Remembered mappings' });

beforeEach(() => {
  mappings = [];
  forgotten = [];
});

it('is reached from the data quality page and says what each column is read as', async () => {
  mappings = [
    mapping('m1', ['Ref No', 'Ergebnis', 'Notiz', 'Notiz'], {
      payer: 'Aster Health',
      dayFirst: true,
      decimalMark: ',',
      uploads: 3,
      lastUsedAt: '2026-03-02T10:00:00Z',
      outcomeWords: [{ word: 'bezahlt', outcome: 'PAID' }],
    }),
  ];
  const { user } = await renderApp('/uploads/quality', 'Data quality', { ...root, intakeSources: () => [] });
  await user.click(screen.getByRole('link', { name: 'Remembered mappings' }));
  const item = await screen.findByRole('region', { name: 'Ref No, Ergebnis, Notiz and 1 more' });
  expect(item).toHaveTextContent('Mapped by Dana Whitfield on');
  expect(item).toHaveTextContent('3 files read with it, last');
  const value = (label: string) => within(item).getByText(label).nextSibling;
  expect(value('Ref No')).toHaveTextContent('Claim number');
  expect(value('Ergebnis')).toHaveTextContent('Outcome');
  expect(value('Left alone')).toHaveTextContent('Notiz, Notiz (column 4)');
  expect(value('Payer of every row')).toHaveTextContent('Aster Health');
  expect(value('Slashed dates')).toHaveTextContent('Day first');
  expect(value('Cents stand behind')).toHaveTextContent('a comma');
  expect(value('“bezahlt” means')).toHaveTextContent('Paid');
});

it('forgets a mapping and brings it back by undo', async () => {
  mappings = [mapping('m1', ['Ref No', 'Ergebnis']), mapping('m2', ['Nr', 'Stand'])];
  const { user } = await renderApp('/uploads/mappings', 'Remembered mappings', root);
  await user.click(await screen.findByRole('button', { name: 'Forget Ref No, Ergebnis' }));
  await waitFor(() => expect(screen.queryByRole('region', { name: 'Ref No, Ergebnis' })).not.toBeInTheDocument());
  expect(within(await list()).getAllByRole('listitem')).toHaveLength(1);
  expect(screen.getByText('The mapping is forgotten. What was read with it stays.')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('region', { name: 'Ref No, Ergebnis' })).toBeInTheDocument();
});

it('says why a mapping could not be forgotten', async () => {
  mappings = [mapping('m1', ['Ref No'])];
  const { user } = await renderApp('/uploads/mappings', 'Remembered mappings', {
    ...root,
    forgetSourceMapping: () => ({
      sourceMapping: null,
      errors: [{ code: 'NOT_FOUND', field: 'id', message: 'There is no such mapping.' }],
    }),
  });
  await user.click(await screen.findByRole('button', { name: 'Forget Ref No' }));
  expect(await screen.findByText('There is no such mapping.')).toBeInTheDocument();
});

it('says what a mapping is while none is remembered', async () => {
  await renderApp('/uploads/mappings', 'Remembered mappings', root);
  expect(await screen.findByText('No mapping is remembered')).toBeInTheDocument();
});

it('shows roles that see no patients neither names of columns nor words, and nothing to forget', async () => {
  mappings = [mapping('m1', ['Ref No', 'Ergebnis'])];
  const { operations } = await renderApp('/uploads/mappings', 'Remembered mappings', root, READING);
  expect(await screen.findByRole('region', { name: 'Column 1, Column 2' })).toHaveTextContent('Claim number');
  expect(screen.getByText(/does not show the names/)).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /Forget/ })).not.toBeInTheDocument();
  expect(operations.find(({ name }) => name === 'SourceMappings')?.variables).toMatchObject({ names: false });
});

it('is named on an upload that was read with one', async () => {
  await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv', { sourceMappingId: 'm1' }) });
  expect(screen.getByRole('link', { name: 'remembered mappings' })).toHaveAttribute('href', '/uploads/mappings');
});
