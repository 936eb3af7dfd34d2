import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { upload } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const OTHER_SHEET = { position: 0, severity: 'warning', code: 'other_sheet', message: 'Sheet 2 was not read.' };
const DATES = { position: 3, severity: 'info', code: 'date_habit', message: 'Dates were read day first.' };

describe('findings', () => {
  it.each([
    ['CLAIMS_CSV', 'Line'],
    ['X12_835', 'Segment'],
    ['FHIR', 'Resource'],
  ])('of a %s stand with their %s, what concerns the whole file with none', async (kind, place) => {
    await renderApp('/uploads/u1', 'a file', {
      upload: () => upload('u1', 'a file', { kind, findings: [OTHER_SHEET, DATES] }),
    });
    const table = screen.getByText(OTHER_SHEET.message).closest('table') as HTMLElement;
    expect(within(table).getByRole('columnheader', { name: place })).toBeVisible();
    const rows = within(table)
      .getAllByRole('row')
      .map((row) =>
        within(row)
          .queryAllByRole('cell')
          .map((cell) => cell.textContent),
      )
      .filter((cells) => cells.length > 0);
    expect(rows).toEqual([
      ['', 'Check', OTHER_SHEET.message],
      ['3', 'Note', DATES.message],
    ]);
  });
});
