import { Button, CloseButton, TextInput } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import classes from './filters.module.css';

type FilterBarProps = { label: string; active: ReactNode; children: ReactNode };

/** Fields that narrow a list, on a phone behind a button; below them what is `active`. */
export function FilterBar({ label, active, children }: FilterBarProps) {
  const [open, setOpen] = useState(false);
  return (
    <div className={classes.filters}>
      <Button
        variant="default"
        fullWidth
        hiddenFrom="sm"
        aria-expanded={open}
        leftSection={<IconFilter size={16} />}
        onClick={() => setOpen(!open)}
      >
        {open ? 'Hide filters' : label}
      </Button>
      <div className={classes.row} data-open={open}>
        {children}
      </div>
      {active}
    </div>
  );
}

/** Filters that came with a link and have no field of their own, and the way out of all. */
export function ActiveFilters({ onClear, children }: { onClear: () => void; children: ReactNode }) {
  return (
    <div className={classes.chips}>
      {children}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={onClear}>
        Clear filters
      </Button>
    </div>
  );
}

/** One filter, to be taken off. */
export function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <span className={classes.chip}>
      {label}
      <CloseButton size="xs" aria-label={`Remove the filter: ${label}`} onClick={onRemove} />
    </span>
  );
}

type DayFilterProps = {
  label: string;
  /** For who does not see the field before it. */
  name?: string;
  value: string | undefined;
  onChange: (value: string | undefined) => void;
};

export function DayFilter({ label, name, value = '', onChange }: DayFilterProps) {
  return (
    <TextInput
      type="date"
      label={label}
      aria-label={name}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value || undefined)}
    />
  );
}
