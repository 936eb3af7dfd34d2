import type { makeRouter } from '@/app/router';
import { SignInForms } from './SignInForms';
import { SingleSignOnReturn } from './SingleSignOnReturn';
import type { SignedOutReason } from './session';

type SignInPageProps = {
  reason?: SignedOutReason;
  /** Where an identity provider has sent somebody back to; `onDone` once that is over. */
  cameBack?: { router: ReturnType<typeof makeRouter>; onDone: () => void };
};

/** Stands in for every page while nobody is signed in; the address stays, so signing in leads back to the same place. */
export default function SignInPage({ reason = null, cameBack }: SignInPageProps) {
  return cameBack ? <SingleSignOnReturn {...cameBack} /> : <SignInForms reason={reason} />;
}
