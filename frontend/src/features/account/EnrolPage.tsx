import { Button } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IdleWarning } from '@/app/session/IdleWarning';
import { useSession, useViewer } from '@/app/session/SessionContext';
import frame from '@/app/session/signIn.module.css';
import { Logo } from '@/ui/Logo';
import { SetUp } from './SetUp';

/** Stands in for every page until the second factor is there that the organization asks of this role. */
export default function EnrolPage() {
  useDocumentTitle('Set up a second factor · Upstream');
  const session = useSession();
  const { organization } = useViewer();
  return (
    <main className={frame.page}>
      <div className={frame.card}>
        <div className={frame.brand}>
          <Logo size={40} />
          <h1 className={frame.title}>Set up a second factor</h1>
          <p className={frame.lead}>
            {organization.name} asks owners, administrators and auditors to sign in with a code as well. It takes an
            authenticator app on your phone and a minute.
          </p>
        </div>
        <SetUp onDone={() => void session.refresh().catch(() => undefined)} />
        <div className={frame.ways}>
          <Button variant="subtle" color="gray" size="compact-sm" onClick={() => void session.signOut('signed-out')}>
            Sign out
          </Button>
        </div>
      </div>
      <IdleWarning />
    </main>
  );
}
