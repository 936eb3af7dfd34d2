import { act, screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { EVERYTHING, pageOf } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const jordan = { id: 'pt1', name: 'Jordan Example', birthDate: '1971-02-03', memberNumber: 'M-77' };
const nobody = { found: [], more: false, errors: [] };
const answering = (payload: object) => ({ claims: () => pageOf([]), findPatients: () => payload });

async function opened(payload: object) {
  const app = await renderApp('/claims', 'Claims', answering(payload));
  await app.user.click(screen.getByRole('button', { name: 'Find a patient' }));
  const dialog = within(await screen.findByRole('dialog', { name: 'Find a patient' }));
  return { ...app, dialog };
}

describe('finding a patient', () => {
  it('asks with a reason, shows who was found, and lists the claims of the one that is chosen', async () => {
    const { user, dialog, operations, router } = await opened({
      found: [{ claimCount: 3, patient: jordan }],
      more: true,
      errors: [],
    });
    await user.type(dialog.getByLabelText('Name, in full'), 'Example, Jordan');
    await user.selectOptions(dialog.getByLabelText('What for?'), 'Appealing a denial');
    await user.click(dialog.getByRole('button', { name: 'Find' }));
    expect(await dialog.findByText('Jordan Example')).toBeInTheDocument();
    expect(dialog.getByText('born 3 Feb 1971, member M-77')).toBeInTheDocument();
    expect(dialog.getByRole('status')).toHaveTextContent('More people fit.');
    expect(operations.at(-1)?.variables).toEqual({
      input: { memberNumber: '', name: 'Example, Jordan', birthDate: null, reason: 'APPEAL' },
    });
    await user.click(dialog.getByRole('button', { name: '3 claims' }));
    expect(await screen.findByText('Of one patient')).toBeInTheDocument();
    expect(router.state.location.href).toBe('/claims?patient=pt1');
    await waitFor(() => expect(operations.at(-1)?.variables).toMatchObject({ filter: { patientId: 'pt1' } }));
    expect(screen.queryByText('Jordan Example')).not.toBeInTheDocument();
  });

  it('says at its field what is missing, and when nobody fits', async () => {
    const errors = [{ message: 'Give a member number, a name or a date of birth.', field: 'memberNumber' }];
    const { user, dialog } = await opened({ ...nobody, errors });
    await user.click(dialog.getByRole('button', { name: 'Find' }));
    expect(await dialog.findByLabelText('Member number')).toHaveAccessibleDescription(errors[0]?.message);
  });

  it('says that nobody fits', async () => {
    const { user, dialog } = await opened(nobody);
    await user.type(dialog.getByLabelText('Member number'), 'M-1{Enter}');
    expect(await dialog.findByRole('status')).toHaveTextContent('Nobody is known by all of this.');
  });

  it('closes with what it found when the tab is left', async () => {
    const { user, dialog } = await opened({ found: [{ claimCount: 1, patient: jordan }], more: false, errors: [] });
    await user.type(dialog.getByLabelText('Member number'), 'M-77{Enter}');
    await dialog.findByText('Jordan Example');
    Object.defineProperty(document, 'hidden', { configurable: true, value: true });
    act(() => void document.dispatchEvent(new Event('visibilitychange')));
    Reflect.deleteProperty(document, 'hidden');
    await waitFor(() => expect(screen.queryByText('Jordan Example')).not.toBeInTheDocument());
  });

  it('is not offered to who may not read patients', async () => {
    const permissions = EVERYTHING.filter((permission) => permission !== 'PHI_READ');
    await renderApp('/claims', 'Claims', { claims: () => pageOf([]) }, permissions);
    expect(screen.queryByRole('button', { name: 'Find a patient' })).not.toBeInTheDocument();
  });
});
