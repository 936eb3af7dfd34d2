import { Skeleton } from '@mantine/core';
import { useQuery } from 'urql';
import { DetectionSettingsQuery } from '@/app/backtests/documents';
import { explain } from '@/graphql/failure';
import { Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { SettingsTabs } from '../SettingsTabs';
import { DetectionForm } from './DetectionForm';

export function DetectionPage() {
  const [{ data, error }, ask] = useQuery({ query: DetectionSettingsQuery });
  const saved = data?.detectionSettings;
  return (
    <Page title="Detection" lead="How many alerts a week, and which changes are too small to be one">
      <SettingsTabs />
      {saved ? (
        <DetectionForm saved={{ budget: saved.weeklyAlertBudget, band: saved.smallestOdds }} />
      ) : error ? (
        <ErrorNotice
          what="the settings of detection"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={330} radius={10} />
      )}
    </Page>
  );
}
