import { Alert, Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useState } from 'react';
import type { Viewer } from '@/app/session/documents';
import { ProviderButton } from '@/app/session/ProviderButton';
import { useSession } from '@/app/session/SessionContext';
import type { SecondStep } from '@/app/session/session';
import classes from '@/app/session/signIn.module.css';
import { leaveForProvider, providerName } from '@/app/session/singleSignOn';
import { post } from '@/graphql/request';
import { AcceptInvitation, type Asked } from './documents';

const SHORTEST_PASSWORD = 12;

type Problem = { field: string | null; message: string };

type JoinFormProps = {
  token: string;
  asked: Asked;
  viewer: Viewer | null;
  onJoined: () => void;
  onSecondStep: (step: SecondStep) => void;
  onDone: () => void;
};

/**
 * Somebody new chooses name and password; who has an account gives its password, or joins as who they are signed in
 * as. An identity provider stands for both passwords. Whoever is signed in as somebody else signs out first.
 */
export function JoinForm({ token, asked, viewer, onJoined, onSecondStep, onDone }: JoinFormProps) {
  const session = useSession();
  const email = asked.email ?? '';
  const isNew = !asked.hasAccount;
  const isSignedIn = viewer?.email === email;
  const [name, setName] = useState(asked.name ?? '');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState<'form' | 'provider' | null>(null);
  const [provider, setProvider] = useState<string | null>(null);
  useEffect(() => {
    providerName().then(setProvider, () => undefined);
  }, []);

  if (viewer && !isSignedIn) {
    return (
      <>
        <Alert color="gray">
          You are signed in as {viewer.email}, and this invitation is for {email}.
        </Alert>
        <Button size="md" fullWidth onClick={() => void session.signOut(null)}>
          Sign out and go on
        </Button>
      </>
    );
  }

  const missing = (): Problem | null => {
    if (isSignedIn) return null;
    if (isNew && !name.trim()) return { field: 'name', message: 'Enter your name.' };
    if (!password) return { field: 'password', message: isNew ? 'Choose a password.' : 'Enter your password.' };
    if (isNew && password.length < SHORTEST_PASSWORD)
      return { field: 'password', message: `Take at least ${SHORTEST_PASSWORD} characters.` };
    return null;
  };

  const join = async (): Promise<Problem | null> => {
    const input = { token, name: isNew ? name.trim() : '', password };
    const { data, errors } = await post(AcceptInvitation, { input }, session.accessToken());
    const organizationId = data?.acceptInvitation.organizationId;
    if (!organizationId) {
      return (
        data?.acceptInvitation.errors[0] ?? { field: null, message: errors[0]?.message ?? 'The server did not do it.' }
      );
    }
    onJoined();
    if (isSignedIn) {
      const refused = await session.switchOrganization(organizationId);
      if (refused) onDone();
      return null;
    }
    const outcome = await session.signIn({ email, password, organizationId });
    if (outcome.type === 'challenge') onSecondStep(outcome);
    if (outcome.type === 'problem') onDone();
    return null;
  };

  const submit = async (submitted: FormEvent) => {
    submitted.preventDefault();
    const lacking = missing();
    setProblem(lacking);
    if (lacking) return;
    setBusy('form');
    try {
      setProblem(await join());
    } catch (error) {
      setProblem({ field: null, message: (error as Error).message });
    }
    setBusy(null);
  };
  const goToProvider = async () => {
    setBusy('provider');
    setProblem(null);
    try {
      // Who comes back new has joined by that; anybody else decides here.
      await leaveForProvider(false, isNew ? '/' : undefined);
    } catch (error) {
      setProblem({ field: null, message: (error as Error).message });
      setBusy(null);
    }
  };
  const standsAtItsField = (problem?.field === 'name' && isNew) || (problem?.field === 'password' && !isSignedIn);
  const errorOf = (field: string) => (problem?.field === field ? problem.message : undefined);

  return (
    <form className={classes.fields} onSubmit={(submitted) => void submit(submitted)} noValidate>
      {problem && !standsAtItsField ? (
        <Alert color="red" role="alert">
          {problem.message}
        </Alert>
      ) : null}
      {/* For password managers. */}
      <input type="email" autoComplete="username" value={email} readOnly hidden />
      {isNew ? (
        <TextInput
          label="Your name"
          autoComplete="name"
          size="md"
          maxLength={200}
          value={name}
          error={errorOf('name')}
          onChange={(change) => setName(change.currentTarget.value)}
        />
      ) : null}
      {isSignedIn ? null : (
        <PasswordInput
          label={isNew ? 'Choose a password' : 'Your password'}
          description={
            isNew ? `At least ${SHORTEST_PASSWORD} characters; a few words are good` : 'Of the account you have'
          }
          autoComplete={isNew ? 'new-password' : 'current-password'}
          size="md"
          autoFocus
          value={password}
          error={errorOf('password')}
          onChange={(change) => setPassword(change.currentTarget.value)}
        />
      )}
      <Button type="submit" size="md" fullWidth loading={busy === 'form'}>
        Join
      </Button>
      {provider && !isSignedIn ? (
        <ProviderButton loading={busy === 'provider'} onClick={() => void goToProvider()}>
          {isNew ? 'Join' : 'Sign in'} with {provider}
        </ProviderButton>
      ) : null}
    </form>
  );
}
