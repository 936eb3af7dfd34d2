import { Button, Menu, Text } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { usePermission } from '@/app/session/SessionContext';
import { formatDate, NOTHING } from '@/lib/format';
import { Card } from '@/ui/Card';
import { Facts } from '@/ui/Facts';
import { REASONS } from './reasons';
import { useRevealedPatient } from './useRevealedPatient';

const MASK = '••••••••';

/** The patient, masked until someone who may asks to see; hidden again after five minutes or with the tab. */
export function PatientCard({ claimId }: { claimId: string }) {
  const maySee = usePermission('PHI_READ');
  const { patient, problem, busy, reveal, hide } = useRevealedPatient(claimId);
  const shown = (value: string | null | undefined) => (patient ? value || NOTHING : MASK);
  return (
    <Card
      title="Patient"
      aside={
        maySee ? (
          patient ? (
            <Button size="compact-sm" variant="default" leftSection={<IconEyeOff size={15} />} onClick={hide}>
              Hide
            </Button>
          ) : (
            <Menu position="bottom-end" hideDetached={false}>
              <Menu.Target>
                <Button size="compact-sm" variant="default" leftSection={<IconEye size={15} />} loading={busy}>
                  Reveal
                </Button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Label>What for?</Menu.Label>
                {REASONS.map(([reason, words]) => (
                  <Menu.Item key={reason} onClick={() => void reveal(reason)}>
                    {words}
                  </Menu.Item>
                ))}
              </Menu.Dropdown>
            </Menu>
          )
        ) : undefined
      }
    >
      <Facts
        stacked
        facts={[
          ['Name', shown(patient?.name)],
          ['Born', patient ? formatDate(patient.birthDate) : MASK],
          ['Member number', shown(patient?.memberNumber)],
          ['Your reference', shown(patient?.reference)],
        ]}
      />
      <Text size="xs" c={problem ? 'var(--alarm)' : 'dimmed'} mt="sm" role={problem ? 'alert' : undefined}>
        {problem ??
          (maySee
            ? 'Revealing is recorded in the audit trail, with its reason. It hides again after five minutes or when you leave this tab.'
            : 'Your role works without patients’ identities. An owner or administrator can show them to you or change your role.')}
      </Text>
    </Card>
  );
}
