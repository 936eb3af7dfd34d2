import { screen, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { payer, READING } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const few = { ...payer('p1', 'Aster Plan'), summary: { ...payer('p1', '').summary, claims: 3 } };
const many = payer('p2', 'Aster');
const payerSuggestions = () => [{ payer: few, other: many }];

it('two names of one payer become the one with more claims when a person says so', async () => {
  const { user, operations } = await renderApp('/payers', 'Payers', {
    payerSuggestions,
    addPayerAlias: () => ({ payer: many, errors: [] }),
  });
  await user.click(await screen.findByRole('button', { name: 'Make them Aster' }));
  await waitFor(() =>
    expect(operations.find(({ name }) => name === 'AddPayerAlias')?.variables).toEqual({
      id: 'p2',
      alias: 'Aster Plan',
    }),
  );
});

it('a pair that is said to be two is asked about no more', async () => {
  let pairs = payerSuggestions();
  const { user } = await renderApp('/payers', 'Payers', {
    payerSuggestions: () => pairs,
    keepPayersApart: () => {
      pairs = [];
      return { payer: many, errors: [] };
    },
  });
  await user.click(await screen.findByRole('button', { name: 'They are two' }));
  await waitFor(() => expect(screen.queryByText(/Probably one payer/)).not.toBeInTheDocument());
});

it('is not asked of a role that does not write payers', async () => {
  const { operations } = await renderApp('/payers', 'Payers', { payerSuggestions }, READING);
  expect(screen.queryByText(/Probably one payer/)).not.toBeInTheDocument();
  expect(operations.some(({ name }) => name === 'PayerSuggestions')).toBe(false);
});
