import { Kbd, Modal, Switch } from '@mantine/core';
import { useStore } from '@/lib/store';
import { useReturnFocus } from '@/ui/useReturnFocus';
import classes from './keyHelp.module.css';
import { type Command, type CommandGroup, commandStore, letterKeys } from './registry';

const GROUPS: CommandGroup[] = ['Move', 'Act', 'Go to', 'View'];

export const keyLabel = (key: string): string =>
  key === 'mod+k' ? 'Ctrl K' : key.length === 1 && key !== key.toLowerCase() ? `Shift ${key}` : key;

/** Every key that works on this page, and the switch that turns single letters off. */
export default function KeyHelp({ onClose }: { onClose: () => void }) {
  useReturnFocus();
  const commands = useStore(commandStore).flatMap((each) => each.commands);
  const enabled = useStore(letterKeys);
  return (
    <Modal opened onClose={onClose} title="Keys on this page" size="lg">
      <Switch
        label="Single-letter keys"
        description="Turn them off when they get in the way of speech input or a screen reader. The choice is kept in this browser."
        checked={enabled}
        onChange={(event) => letterKeys.set(event.currentTarget.checked)}
      />
      <div className={classes.groups}>
        {GROUPS.map((group) => (
          <KeyGroup key={group} title={group} commands={commands.filter((each) => each.group === group && each.keys)} />
        ))}
      </div>
    </Modal>
  );
}

function KeyGroup({ title, commands }: { title: string; commands: Command[] }) {
  if (commands.length === 0) return null;
  return (
    <section>
      <h3 className={classes.title}>{title}</h3>
      <dl className={classes.keys}>
        {commands.map((command) => (
          <div key={command.id} className={classes.row}>
            <dt>{command.label}</dt>
            <dd>
              {command.keys?.split(' ').map((key) => (
                <Kbd key={key} size="sm">
                  {keyLabel(key)}
                </Kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
