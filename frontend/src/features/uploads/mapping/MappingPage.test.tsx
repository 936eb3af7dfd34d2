import { screen, waitFor, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { job, READING, upload } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

type Input = { columns: string[]; payer: string; outcomeWords: { word: string; outcome: string }[] };

const row = { lineNumber: 2, problem: null, claimId: 'C1', payer: 'Aster', procedureCodes: ['99213'] };
const empty = {
  serviceDate: null,
  decidedDate: null,
  billedAmount: null,
  paidAmount: null,
  denialCode: '',
  location: '',
};

const uploadTable = ({ mapping }: { mapping: Input | null }) => {
  const fields = mapping?.columns ?? ['', ''];
  const words = mapping?.outcomeWords ?? [];
  const missing = fields.includes('submitted_date') ? [] : ['submitted_date'];
  return {
    headerLine: 1,
    remembered: false,
    dayFirst: null,
    decimalMark: null,
    payer: mapping?.payer ?? '',
    missing,
    columns: [
      { name: 'Out', field: fields[0], samples: ['2026-03-02'] },
      { name: 'State', field: fields[1], samples: ['closed', 'open'] },
    ],
    outcomeWords: fields[1] === 'outcome' ? [{ word: 'closed', outcome: words[0]?.outcome ?? null }] : [],
    findings: [],
    rows: missing.length
      ? []
      : [
          { ...row, ...empty, submittedDate: '2026-03-02', outcome: words[0]?.outcome ?? null },
          { ...row, ...empty, lineNumber: 3, submittedDate: null, outcome: null, problem: 'Column “State” is wrong.' },
        ],
  };
};

const failed = () =>
  upload('u1', 'march.csv', { job: job('FAILED', { error: { code: 'INVALID', message: 'No header.' } }) });

it('leads from a file that could not be read to its rows read with a mapping', async () => {
  const root = {
    upload: failed,
    uploadTable,
    mapUpload: () => ({ upload: upload('u1', 'march.csv', { job: job('QUEUED') }), errors: [] }),
  };
  const { user, operations } = await renderApp('/uploads/u1', 'march.csv', root);
  await user.click(screen.getByRole('link', { name: 'Map its columns' }));
  await screen.findByRole('heading', { level: 1, name: 'Map the columns' });
  expect(await screen.findByText(/Still to be mapped: Submitted/)).toBeInTheDocument();
  expect(screen.getByText('closed · open')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Read with this mapping' })).toBeDisabled();

  await user.selectOptions(screen.getByLabelText('Out is read as'), 'Submitted');
  await user.selectOptions(screen.getByLabelText('State is read as'), 'Outcome');
  await user.selectOptions(await screen.findByLabelText('“closed” means'), 'Paid');
  await user.type(screen.getByLabelText('Payer of every row'), 'Aster');
  await user.tab();
  const table = await screen.findByRole('region', { name: 'Rows as they will be read' });
  await waitFor(() => expect(within(table).getAllByRole('row')[1]).toHaveTextContent('Paid'));
  expect(within(table).getByText('Column “State” is wrong.')).toBeInTheDocument();

  await user.click(screen.getByRole('button', { name: 'Read with this mapping' }));
  await screen.findByRole('heading', { level: 1, name: 'march.csv' });
  expect(operations.find(({ name }) => name === 'MapUpload')?.variables).toEqual({
    id: 'u1',
    mapping: {
      columns: ['submitted_date', 'outcome'],
      dayFirst: null,
      decimalMark: null,
      outcomeWords: [{ word: 'closed', outcome: 'PAID' }],
      payer: 'Aster',
    },
  });
});

it('a field chosen for another column is let go by the first', async () => {
  const { user } = await renderApp('/uploads/u1/columns', 'Map the columns', { uploadTable });
  await user.selectOptions(await screen.findByLabelText('Out is read as'), 'Outcome');
  await user.selectOptions(screen.getByLabelText('State is read as'), 'Outcome');
  expect(screen.getByLabelText('Out is read as')).toHaveValue('');
});

it('what is refused is said where it was asked', async () => {
  const { user } = await renderApp('/uploads/u1/columns', 'Map the columns', {
    uploadTable: () => uploadTable({ mapping: { columns: ['submitted_date', ''], payer: '', outcomeWords: [] } }),
    mapUpload: () => ({
      upload: null,
      errors: [{ code: 'CONFLICT', field: 'id', message: 'The file is being read.' }],
    }),
  });
  await user.click(await screen.findByRole('button', { name: 'Read with this mapping' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('The file is being read.');
});

it('is not offered to a role that sees no patients', async () => {
  await renderApp('/uploads/u1', 'march.csv', { upload: failed }, READING);
  expect(screen.queryByRole('link', { name: 'Map its columns' })).not.toBeInTheDocument();
});
