import { useViewer } from '@/app/session/SessionContext';
import { Page } from '@/ui/Page';
import classes from './account.module.css';
import { SecondFactorCard } from './SecondFactorCard';
import { SessionsCard } from './SessionsCard';

export function AccountPage() {
  const { name, email } = useViewer();
  return (
    <Page title="Your account" lead={`${name} · ${email}`}>
      <div className={classes.parts}>
        <SecondFactorCard />
        <SessionsCard />
      </div>
    </Page>
  );
}
