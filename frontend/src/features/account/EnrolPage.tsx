import { Button } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { IconFingerprint } from '@tabler/icons-react';
import { useState } from 'react';
import { IdleWarning } from '@/app/session/IdleWarning';
import { passkeysWork, useSession, useViewer } from '@/app/session/SessionContext';
import frame from '@/app/session/signIn.module.css';
import { Logo } from '@/ui/Logo';
import { AddPasskey } from './AddPasskey';
import { SetUp } from './SetUp';

/** Stands in for every page until the second factor is there that the organization asks of this role. */
export default function EnrolPage() {
  useDocumentTitle('Set up a second factor · Upstream');
  const session = useSession();
  const { organization } = useViewer();
  const [way, setWay] = useState<'passkey' | 'app' | null>(null);
  const back = () => setWay(null);
  const done = () => void session.refresh().catch(() => undefined);
  return (
    <main className={frame.page}>
      <div className={frame.card}>
        <div className={frame.brand}>
          <Logo size={40} />
          <h1 className={frame.title}>Set up a second factor</h1>
          <p className={frame.lead}>
            {organization.name} asks owners, administrators and auditors for more than a password.
          </p>
        </div>
        {way === 'passkey' ? <AddPasskey onDone={done} onCancel={back} /> : null}
        {way === 'app' ? <SetUp onDone={done} onCancel={back} /> : null}
        {way ? null : (
          <>
            {passkeysWork() ? (
              <Button size="md" fullWidth leftSection={<IconFingerprint size={19} />} onClick={() => setWay('passkey')}>
                Add a passkey
              </Button>
            ) : null}
            <Button size="md" fullWidth variant={passkeysWork() ? 'default' : 'filled'} onClick={() => setWay('app')}>
              Use an authenticator app
            </Button>
          </>
        )}
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
