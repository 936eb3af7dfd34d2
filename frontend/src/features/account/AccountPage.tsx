import { usePermission, useViewer } from '@/app/session/SessionContext';
import { Page } from '@/ui/Page';
import classes from './account.module.css';
import { PasskeysCard } from './PasskeysCard';
import { PolicyCard } from './PolicyCard';
import { SecondFactorCard } from './SecondFactorCard';
import { SessionsCard } from './SessionsCard';

export function AccountPage() {
  const { name, email } = useViewer();
  const mayDecide = usePermission('ORGANIZATION_WRITE');
  return (
    <Page title="Your account" lead={`${name} · ${email}`}>
      <div className={classes.parts}>
        <PasskeysCard />
        <SecondFactorCard />
        {mayDecide ? <PolicyCard /> : null}
        <SessionsCard />
      </div>
    </Page>
  );
}
