import { screen, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { upload } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

describe("an upload's data quality", () => {
  it('shows the score with its parts, and what else is lacking', async () => {
    await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv') });
    expect(screen.getByText('78 of 100')).toBeInTheDocument();
    const [rows, payment] = within(screen.getByRole('list', { name: 'Parts of the score' })).getAllByRole('listitem');
    expect(rows).toHaveTextContent('Rows taken 30 points');
    expect(rows).toHaveTextContent('1 of 12 rows were set aside.');
    expect(payment).toHaveTextContent('100');
    expect(screen.getByRole('list', { name: 'Also lacking' })).toHaveTextContent(
      'Lacking in 4 of 11. No detector asks for it.',
    );
    expect(screen.getByText('Set aside: submitted_date date')).toBeInTheDocument();
  });

  it('is silent about a file that tells of no claims', async () => {
    await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv', { quality: null }) });
    expect(screen.queryByText('Data quality')).not.toBeInTheDocument();
  });
});

describe('the data quality page', () => {
  const source = {
    id: 'CLAIMS_CSV ab',
    kind: 'CLAIMS_CSV',
    sender: '',
    mendFirst: { key: 'denial_code', label: 'Denial reason', sentence: '3 of 9 denied claims tell no denial reason.' },
    uploads: [upload('u2', 'april.csv'), upload('u1', 'march.csv')],
  };

  it('lists each source with its last file, its course, and what to mend first', async () => {
    await renderApp('/uploads/quality', 'Data quality', { intakeSources: () => [source] });
    const [row] = within(await screen.findByRole('list', { name: 'Sources' })).getAllByRole('listitem');
    expect(row).toHaveTextContent('Mend first: 3 of 9 denied claims tell no denial reason.');
    expect(row).toHaveTextContent('Last 2: all 78');
    expect(within(row as HTMLElement).getByRole('link', { name: 'april.csv' })).toHaveAttribute('href', '/uploads/u2');
  });

  it('says where sources come from while there is none', async () => {
    await renderApp('/uploads/quality', 'Data quality', { intakeSources: () => [] });
    expect(await screen.findByText('No source yet')).toBeInTheDocument();
  });
});
