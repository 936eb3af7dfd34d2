import { Button, Checkbox, Stack } from '@mantine/core';
import { IconFileSpreadsheet, IconFileText } from '@tabler/icons-react';
import { useState } from 'react';
import { useExports } from '@/app/exports/useExports';
import { usePermission } from '@/app/session/SessionContext';
import { Card } from '@/ui/Card';

/** What to hand on: a PDF for whoever decides, a workbook for whoever works the claims. */
export function AlertExports({ alertId, signalId }: { alertId: string; signalId: string }) {
  const mayExport = usePermission('EXPORTS_WRITE');
  const mayIncludePhi = usePermission('EXPORTS_PHI');
  const [includePhi, setIncludePhi] = useState(false);
  const { create } = useExports();
  if (!mayExport) return null;
  return (
    <Card title="Hand it on">
      <Stack gap="xs">
        <Button
          variant="default"
          leftSection={<IconFileText size={17} />}
          onClick={() => void create({ kind: 'ALERT_PDF', alertId, includePhi: false })}
        >
          PDF for the director
        </Button>
        <Button
          variant="default"
          leftSection={<IconFileSpreadsheet size={17} />}
          onClick={() => void create({ kind: 'CLAIMS_XLSX', claimFilter: { signalId }, includePhi })}
        >
          Workbook of these claims
        </Button>
        {mayIncludePhi ? (
          <Checkbox
            size="xs"
            label="With patients' names and numbers (PHI) in the workbook"
            checked={includePhi}
            onChange={(event) => setIncludePhi(event.currentTarget.checked)}
          />
        ) : null}
      </Stack>
    </Card>
  );
}
