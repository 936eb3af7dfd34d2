import { Navigate } from '@tanstack/react-router';
import { useViewer } from '@/app/session/SessionContext';
import { homeOf, settingsOf } from './nav';

/** Where one begins: the first part of the product that this person's role shows. */
export function Home() {
  const { permissions } = useViewer();
  return <Navigate to={homeOf(permissions)} replace />;
}

/** The first page of Settings that this person's role shows. */
export function SettingsHome() {
  const { permissions } = useViewer();
  return <Navigate to={settingsOf(permissions)[0]?.to ?? '/settings/detection'} replace />;
}
