import { Badge, Button, Popover, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconSelector } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useSession, useViewer } from '@/app/session/SessionContext';
import { sayProblem } from '@/app/undo/undo';
import classes from './organization.module.css';

/** Which organization's data is on screen, and the way to another one. */
export function OrganizationMenu() {
  const { organization, organizations } = useViewer();
  const session = useSession();
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);

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
  if (organizations.length < 2) return <div className={classes.alone}>{name}</div>;

  const switchTo = async (id: string) => {
    setOpen(false);
    if (id === organization.id) return;
    const problem = await session.switchOrganization(id).catch((error: Error) => error.message);
    if (problem) sayProblem(problem);
    else void navigate({ to: '/' });
  };
  return (
    <Popover position="bottom-start" width={260} trapFocus opened={open} onChange={setOpen}>
      <Popover.Target>
        <Button
          variant="subtle"
          color="gray"
          size="compact-md"
          rightSection={<IconSelector size={15} />}
          className={classes.button}
          onClick={() => setOpen(!open)}
        >
          {name}
          <VisuallyHidden>, switch organization</VisuallyHidden>
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={6} aria-label="Organizations">
        {organizations.map(({ id, name: label }) => (
          <Button
            key={id}
            fullWidth
            variant="subtle"
            color="gray"
            justify="flex-start"
            aria-current={id === organization.id || undefined}
            leftSection={<IconCheck size={15} opacity={id === organization.id ? 1 : 0} />}
            onClick={() => void switchTo(id)}
          >
            {label}
          </Button>
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
