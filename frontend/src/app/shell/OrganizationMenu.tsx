import { Badge, Button, Menu, Text } from '@mantine/core';
import { IconCheck, IconSelector } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useSession, useViewer } from '@/app/session/SessionContext';
import { sayProblem } from '@/app/undo/undo';
import classes from './organization.module.css';

/** Which organization's data is on screen, and the way to another one. */
export function OrganizationMenu() {
  const { organization, organizations } = useViewer();
  const session = useSession();
  const navigate = useNavigate();

  const name = (
    <>
      <span className={classes.name}>{organization.name}</span>
      {organization.isDemo ? (
        <Badge size="xs" variant="light" color="gray" className={classes.demo}>
          Demo
        </Badge>
      ) : null}
    </>
  );
  if (organizations.length < 2) return <Text className={classes.alone}>{name}</Text>;

  const switchTo = async (id: string) => {
    const problem = await session.switchOrganization(id).catch((error: Error) => error.message);
    if (problem) sayProblem(problem);
    else void navigate({ to: '/inbox' });
  };
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          rightSection={<IconSelector size={15} />}
          aria-label={`Organization: ${organization.name}. Switch organization`}
          className={classes.button}
        >
          {name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Organizations</Menu.Label>
        {organizations.map(({ id, name: label }) => (
          <Menu.Item
            key={id}
            leftSection={<IconCheck size={15} opacity={id === organization.id ? 1 : 0} />}
            onClick={() => (id === organization.id ? undefined : void switchTo(id))}
          >
            {label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
