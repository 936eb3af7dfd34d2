import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it } from 'vitest';
import { READING } from '../../../../tests/fixtures';
import { renderApp } from '../../../../tests/renderApp';

type Place = { name: string; claims: number; names: { alias: string; means: string }[] };
let locations: Place[];
let problem: string;

const main: Place = { name: 'Main St', claims: 30, names: [] };
const clinic: Place = { name: 'Main Street', claims: 1200, names: [] };
const merged: Place = { ...clinic, claims: 1230, names: [{ alias: 'Main St', means: 'Main Street' }] };
const answer = (name: string) => ({
  name: problem ? null : name,
  errors: problem ? [{ code: 'CONFLICT', field: 'into', message: problem }] : [],
});

const root = {
  regroupings: () => [],
  locations: () => locations,
  locationSuggestions: () => (locations.length > 1 ? [{ location: main, other: clinic }] : []),
  mergeLocations: ({ name }: { name: string }) => {
    if (!problem) locations = [merged];
    return answer(name);
  },
  partLocation: ({ alias }: { alias: string }) => {
    locations = [main, clinic];
    return answer(alias);
  },
  keepLocationsApart: ({ name }: { name: string }) => answer(name),
};

beforeEach(() => {
  locations = [main, clinic];
  problem = '';
});

it('makes a suggested pair the one with more claims, and parts them with undo', async () => {
  const { user, operations } = await renderApp('/settings/locations', 'Locations', root);
  await user.click(await screen.findByRole('button', { name: 'Make them Main Street' }));
  expect(await screen.findByText('also Main St')).toBeInTheDocument();
  expect(operations.find(({ name }) => name === 'MergeLocations')?.variables).toEqual({
    name: 'Main St',
    into: 'Main Street',
  });
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('row', { name: /Main St 30/ })).toBeInTheDocument();
});

it('makes any two one by choice, and says what the server refuses', async () => {
  problem = 'These are one location already.';
  const { user } = await renderApp('/settings/locations', 'Locations', root);
  await user.click(await screen.findByRole('button', { name: 'Same as… Main St' }));
  const dialog = await screen.findByRole('dialog', { name: /Main St/ });
  const choice = within(dialog).getByLabelText('Location');
  await user.click(within(dialog).getByRole('button', { name: 'Make them one' }));
  expect(choice).toHaveAccessibleDescription('Choose the location that it is.');
  await user.selectOptions(choice, 'Main Street (1,200 claims)');
  await user.click(within(dialog).getByRole('button', { name: 'Make them one' }));
  await waitFor(() => expect(choice).toHaveAccessibleDescription('These are one location already.'));
  problem = '';
  await user.click(within(dialog).getByRole('button', { name: 'Make them one' }));
  expect(await screen.findByText('also Main St')).toBeInTheDocument();
});

it('parts what was made one', async () => {
  locations = [merged];
  const { user, operations } = await renderApp('/settings/locations', 'Locations', root);
  await user.click(await screen.findByRole('button', { name: 'Part Main St' }));
  expect(await screen.findByRole('row', { name: /Main St 30/ })).toBeInTheDocument();
  expect(operations.find(({ name }) => name === 'PartLocation')?.variables).toEqual({ alias: 'Main St' });
});

it('is only read by a role that does not write payers', async () => {
  await renderApp('/settings/locations', 'Locations', root, READING);
  await screen.findByRole('row', { name: /Main St 30/ });
  expect(screen.queryByRole('button', { name: /Make|same place|own|two/ })).not.toBeInTheDocument();
  expect(screen.getByText(/Your role reads the locations/)).toBeInTheDocument();
});
