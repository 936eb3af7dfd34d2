import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { upload } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

const cell = (name: string, text: string, faults: string[] = [], alike = 0) => ({
  name,
  field: name,
  text,
  faults,
  alike,
});
const rejectedRow = () => ({
  hindrance: '',
  row: { id: 'r1', lineNumber: 7, message: 'Use YYYY-MM-DD.' },
  cells: [cell('payer', 'Aster'), cell('outcome', 'PAYED', ['An unknown word.'], 12)],
});
const answered = (changes: Record<string, unknown>) => ({ mended: 0, left: 0, upload: null, errors: [], ...changes });

describe('a rejected row', () => {
  it('is mended with the faulty cell first, in all rows that hold the same', async () => {
    const { user, operations } = await renderApp('/uploads/u1', 'a.csv', {
      upload: () => upload('u1', 'a.csv'),
      rejectedRow,
      mendRow: () => answered({ mended: 11, left: 1 }),
    });
    await user.click(await screen.findByRole('button', { name: 'Mend line 7' }));
    const dialog = await screen.findByRole('dialog', { name: 'Mend line 7' });
    const [first] = await within(dialog).findAllByRole('textbox');
    expect(first).toHaveAccessibleName('outcome');
    expect(first).toHaveAccessibleDescription('An unknown word.');
    await user.clear(first as HTMLElement);
    await user.type(first as HTMLElement, 'paid');
    await user.click(within(dialog).getByRole('checkbox', { name: /all 12 rows with “PAYED”/ }));
    await user.click(within(dialog).getByRole('button', { name: 'Read it again' }));
    expect(await screen.findByText('11 rows mended; 1 with the same text still wait.')).toBeInTheDocument();
    expect(operations.find(({ name }) => name === 'MendRow')?.variables).toEqual({
      id: 'r1',
      cells: ['Aster', 'paid'],
      everywhere: [1],
    });
  });

  it('keeps what was typed and tells beside the cell what is wrong still', async () => {
    const { user } = await renderApp('/uploads/u1', 'a.csv', {
      upload: () => upload('u1', 'a.csv'),
      rejectedRow,
      mendRow: () => answered({ errors: [{ code: 'INVALID', field: 'payer', message: 'No such payer.' }] }),
    });
    await user.click(await screen.findByRole('button', { name: 'Mend line 7' }));
    const dialog = await screen.findByRole('dialog', { name: 'Mend line 7' });
    await user.type(await within(dialog).findByRole('textbox', { name: 'payer' }), ' Health');
    await user.click(within(dialog).getByRole('button', { name: 'Read it again' }));
    const payer = await within(dialog).findByRole('textbox', { name: 'payer', description: 'No such payer.' });
    expect(payer).toHaveValue('Aster Health');
  });

  it('is not offered to who may not see patients', async () => {
    await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv') }, [
      'UPLOADS_READ',
      'UPLOADS_WRITE',
      'QUARANTINE_READ',
    ]);
    expect(await screen.findByRole('button', { name: 'Line 7 is not a claim' })).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Mend line 7' })).not.toBeInTheDocument();
  });
});
