import { useViewer } from '@/app/session/SessionContext';
import { Page } from '@/ui/Page';
import classes from './account.module.css';
import { SecondFactorCard } from './SecondFactorCard';

export function AccountPage() {
  const { name, email } = useViewer();
  return (
    <Page title="Your account" lead={`${name} · ${email}`}>
      <div className={classes.parts}>
        <SecondFactorCard />
      </div>
    </Page>
  );
}
