import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { upload } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const plain = {
  groupNumber: '',
  setNumber: '',
  batchReference: '',
  providerNpi: '',
  accepted: null,
  rejected: null,
  statuses: [],
  errors: [],
};
const refused = { category: 'A7', categoryLabel: 'Rejected, information invalid', code: '562', label: 'NPI' };
const acknowledged = {
  sets: 2,
  setsAccepted: 1,
  setsRejected: 1,
  claims: 40,
  claimsAccepted: 19,
  claimsRejected: 1,
  claimsPending: 0,
  acknowledgements: [
    {
      ...plain,
      id: 'a2',
      kind: 'X12_277CA',
      standing: 'PENDING',
      acknowledgedDate: '2026-05-13',
      batchReference: 'B7',
      accepted: 19,
      rejected: 1,
      uploadId: 'u3',
      statuses: [{ category: 'A1', categoryLabel: 'Received', code: '19', label: 'Receipt acknowledged' }],
    },
    {
      ...plain,
      id: 'a1',
      kind: 'X12_999',
      standing: 'REJECTED',
      acknowledgedDate: '2026-05-12',
      groupNumber: '17',
      setNumber: '0002',
      uploadId: 'u2',
      errors: [
        {
          code: '1',
          label: 'Required element missing',
          segment: 'SV1',
          position: 19,
          loop: '2400',
          element: 1,
          component: 2,
          controlNumber: 'RB-1',
        },
        {
          code: '5',
          label: 'Segments have errors',
          segment: '',
          position: 0,
          loop: '',
          element: 0,
          component: 0,
          controlNumber: '',
        },
      ],
    },
  ],
  rejected: [
    {
      id: 'r1',
      acknowledgedDate: '2026-05-13',
      controlNumber: 'RB-2',
      claimId: 'c2',
      statuses: [{ ...refused, procedureCode: '' }],
    },
    {
      id: 'r2',
      acknowledgedDate: '2026-05-13',
      controlNumber: 'RB-3',
      claimId: null,
      statuses: [{ ...refused, procedureCode: '99213' }],
    },
  ],
};

const cells = (table: string) =>
  within(screen.getAllByRole('region', { name: table }).at(-1) as HTMLElement)
    .getAllByRole('row')
    .slice(1)
    .map((row) =>
      within(row)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    );

describe('what was acknowledged of an upload', () => {
  it('is told in counts, file by file, and for the claims that were rejected', async () => {
    await renderApp('/uploads/u1', 'a file', {
      upload: () => upload('u1', 'a file', { kind: 'X12_837P', acknowledged }),
    });
    expect(screen.getByText('Sets rejected').nextSibling).toHaveTextContent('1');
    expect(screen.getByText('Claims accepted').nextSibling).toHaveTextContent('19');
    expect(cells('Acknowledgements')).toEqual([
      ['13 May 2026', '277CA', 'Batch B7', 'Pending', 'A1 Received: 19 Receipt acknowledged', '19', '1'],
      [
        '12 May 2026',
        '999',
        'Set 0002 of group 17',
        'Rejected',
        'Required element missing · SV101-2, segment 19, loop 2400 · claim RB-1Segments have errors',
        '–',
        '–',
      ],
    ]);
    expect(screen.getByRole('link', { name: '999' })).toHaveAttribute('href', '/uploads/u2');
    expect(cells('Claims rejected on receipt')).toEqual([
      ['RB-2', '13 May 2026', 'A7 Rejected, information invalid: 562 NPI'],
      ['RB-3', '13 May 2026', 'A7 Rejected, information invalid: 562 NPI, line 99213'],
    ]);
    expect(screen.getByRole('link', { name: 'RB-2' })).toHaveAttribute('href', '/claims/c2');
    expect(screen.queryByRole('link', { name: 'RB-3' })).not.toBeInTheDocument();
  });

  it('leaves a file of acknowledgements without a way to claims it does not have', async () => {
    await renderApp('/uploads/u1', 'a file', { upload: () => upload('u1', 'a file', { kind: 'X12_277CA' }) });
    expect(screen.queryByRole('link', { name: 'Open its claims' })).not.toBeInTheDocument();
  });

  it('takes no room while there is nothing', async () => {
    await renderApp('/uploads/u1', 'a file', { upload: () => upload('u1', 'a file', { kind: 'X12_837P' }) });
    expect(screen.queryByRole('heading', { name: 'What was acknowledged' })).not.toBeInTheDocument();
  });
});
