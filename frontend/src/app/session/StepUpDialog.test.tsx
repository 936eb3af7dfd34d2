import { screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { EVERYTHING } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

let confirmed: boolean;
let since: string | null;
let passkeys: { id: string }[];

vi.mock('@simplewebauthn/browser', async (original) => ({
  ...(await original<typeof import('@simplewebauthn/browser')>()),
  startAuthentication: async ({ optionsJSON }: { optionsJSON: unknown }) => ({ signed: optionsJSON }),
}));

const refusal = (code: string, field: string | null, message: string) => [{ code, field, message }];
const organization = (secondFactorRequired: boolean) => ({ id: 'o1', secondFactorRequired });

/** The switch of the organization's policy stands for whatever needs the person confirmed. */
const root = {
  viewer: () => ({ id: 'u1', organization: organization(confirmed) }),
  secondFactor: () => ({ since, appSince: since, recoveryCodesLeft: 10 }),
  passkeys: () =>
    passkeys.map((each) => ({ ...each, name: 'Phone', createdAt: '2026-03-02T10:00:00Z', lastUsedAt: null })),
  startPasskeyConfirmation: () => ({ options: '{"challenge":"abc"}', errors: [] }),
  ownSessions: () => [],
  requireSecondFactor: () =>
    confirmed
      ? { organization: organization(true), errors: [] }
      : { organization: null, errors: refusal('STEP_UP_REQUIRED', null, 'Confirm that it is you.') },
  confirmIdentity: ({ password, code, passkey }: { password: string; code: string; passkey: string }) => {
    if (passkey === '{"signed":{"challenge":"abc"}}') {
      confirmed = true;
      return { confirmedUntil: '2099-01-01T00:00:00Z', errors: [] };
    }
    if (password !== 'right') return { confirmedUntil: null, errors: refusal('INVALID', 'password', 'Not yours.') };
    if (since && code !== '123456') return { confirmedUntil: null, errors: refusal('INVALID', 'code', 'Not this.') };
    confirmed = true;
    return { confirmedUntil: '2099-01-01T00:00:00Z', errors: [] };
  },
};

beforeEach(() => {
  confirmed = false;
  since = null;
  passkeys = [];
});

afterEach(() => {
  vi.unstubAllGlobals();
});

async function ask() {
  const app = await renderApp('/account', 'Your account', root, [...EVERYTHING, 'ORGANIZATION_WRITE']);
  const toggle = await screen.findByRole('switch', { name: /need a second factor/ });
  await waitFor(() => expect(toggle).toBeEnabled());
  await app.user.click(toggle);
  const dialog = within(await screen.findByRole('dialog', { name: 'Confirm that it is you' }));
  return { ...app, dialog };
}

const attempts = (operations: { name: string | undefined }[]) =>
  operations.filter(({ name }) => name === 'RequireSecondFactor').length;

it('asks for the password and goes on with what was wanted', async () => {
  const { user, dialog, operations } = await ask();
  expect(dialog.queryByLabelText('Code')).not.toBeInTheDocument();
  await user.click(dialog.getByRole('button', { name: 'Confirm' }));
  expect(dialog.getByText('Enter your password.')).toBeInTheDocument();
  await user.type(dialog.getByLabelText('Your password'), 'wrong{Enter}');
  expect(await dialog.findByText('Not yours.')).toBeInTheDocument();
  await user.clear(dialog.getByLabelText('Your password'));
  await user.type(dialog.getByLabelText('Your password'), 'right{Enter}');
  expect(await screen.findByText('A second factor is needed from now on.')).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(attempts(operations)).toBe(2);
});

it('asks for a code as well where there is a second factor', async () => {
  since = '2026-05-01T09:00:00Z';
  const { user, dialog } = await ask();
  await user.type(dialog.getByLabelText('Your password'), 'right');
  await user.type(await dialog.findByLabelText('Code'), '000000{Enter}');
  expect(await dialog.findByText('Not this.')).toBeInTheDocument();
  await user.clear(dialog.getByLabelText('Code'));
  await user.type(dialog.getByLabelText('Code'), '123456{Enter}');
  expect(await screen.findByText('A second factor is needed from now on.')).toBeInTheDocument();
});

it('says why nothing was done when the person does not confirm', async () => {
  const { user, operations } = await ask();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(await screen.findByText('Confirm that it is you.')).toBeInTheDocument();
  expect(attempts(operations)).toBe(1);
});

it('takes a passkey in the place of password and code', async () => {
  since = '2026-05-01T09:00:00Z';
  passkeys = [{ id: 'p1' }];
  vi.stubGlobal('PublicKeyCredential', class {});
  const { user, dialog, operations } = await ask();
  await user.click(await dialog.findByRole('button', { name: 'Use a passkey' }));
  expect(await screen.findByText('A second factor is needed from now on.')).toBeInTheDocument();
  expect(attempts(operations)).toBe(2);
});
