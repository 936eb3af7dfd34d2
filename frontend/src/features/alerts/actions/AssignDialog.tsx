import { Button, Modal, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from 'urql';
import { roleLabel } from '@/app/session/roles';
import { useViewer } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { graphql } from '@/graphql/tada';
import { plural } from '@/lib/format';
import { useReturnFocus } from '@/ui/useReturnFocus';
import type { Person } from './useAlertActions';

const MembersQuery = graphql(`
  query Members {
    members {
      id
      name
      role
    }
  }
`);

type AssignDialogProps = { count: number; onAssign: (person: Person | null) => void; onClose: () => void };

/** Who takes care of an alert. */
export default function AssignDialog({ count, onAssign, onClose }: AssignDialogProps) {
  useReturnFocus();
  const viewer = useViewer();
  const [{ data, error, fetching }] = useQuery({ query: MembersQuery });
  const others = (data?.members ?? []).filter((member) => member.id !== viewer.id && member.role !== 'INTEGRATION');
  const choose = (person: Person | null) => {
    onAssign(person);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Assign ${count === 1 ? 'this alert' : plural(count, 'alert')} to`}
      size="sm"
    >
      <Stack gap="xs">
        <Button justify="flex-start" variant="light" onClick={() => choose(viewer)} data-autofocus>
          Me ({viewer.name})
        </Button>
        {fetching && !data ? <Skeleton height={36} /> : null}
        {error ? (
          <Text size="sm" c="dimmed">
            The other members cannot be listed: {explain(error).message}
          </Text>
        ) : null}
        {others.map((member) => (
          <Button
            key={member.id}
            justify="space-between"
            variant="default"
            rightSection={
              <Text size="xs" c="dimmed" component="span">
                {roleLabel(member.role)}
              </Text>
            }
            onClick={() => choose(member)}
          >
            {member.name}
          </Button>
        ))}
        <Button justify="flex-start" variant="subtle" color="gray" onClick={() => choose(null)}>
          Nobody
        </Button>
      </Stack>
    </Modal>
  );
}
