import { Button, Checkbox, Group, Popover, Stack } from '@mantine/core';
import { IconColumns3, IconFileSpreadsheet, IconUserSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useExports } from '@/app/exports/useExports';
import { usePermission } from '@/app/session/SessionContext';
import type { ClaimsSearch } from '@/app/urls';
import { CLAIM_COLUMNS, DEFAULT_COLUMNS } from './columns';
import { FindPatientDialog } from './FindPatientDialog';
import { claimFilter } from './filters';

/** The list's columns, and its export: exactly the claims these filters show. */
export function ClaimsTools({ search, visible }: { search: ClaimsSearch; visible: readonly string[] }) {
  const mayExport = usePermission('EXPORTS_WRITE');
  const maySeePatients = usePermission('PHI_READ');
  return (
    <Group gap="xs">
      {maySeePatients ? <PatientChoice search={search} /> : null}
      <ColumnChoice search={search} visible={visible} />
      {mayExport ? <ExportChoice search={search} /> : null}
    </Group>
  );
}

function PatientChoice({ search }: { search: ClaimsSearch }) {
  const navigate = useNavigate();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconUserSearch size={17} />} onClick={() => setOpen(true)}>
        Find a patient
      </Button>
      {open ? (
        <FindPatientDialog
          onClose={() => setOpen(false)}
          onChoose={(patient) => {
            setOpen(false);
            void navigate({ to: '/claims', search: { patient, order: search.order, columns: search.columns } });
          }}
        />
      ) : null}
    </>
  );
}

function ColumnChoice({ search, visible }: { search: ClaimsSearch; visible: readonly string[] }) {
  const navigate = useNavigate();
  const toggle = (id: string) => {
    const columns = CLAIM_COLUMNS.map((column) => column.id).filter((each) =>
      each === id ? !visible.includes(each) : visible.includes(each),
    );
    const isDefault = columns.join() === DEFAULT_COLUMNS.join();
    void navigate({
      to: '/claims',
      search: { ...search, columns: isDefault ? undefined : columns.join(',') },
      replace: true,
    });
  };
  return (
    <Popover position="bottom-end" trapFocus width={220}>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={17} />} visibleFrom="sm">
          Columns
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={8}>
          {CLAIM_COLUMNS.slice(1).map(({ id, header }) => (
            <Checkbox key={id} size="sm" label={header} checked={visible.includes(id)} onChange={() => toggle(id)} />
          ))}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function ExportChoice({ search }: { search: ClaimsSearch }) {
  const mayIncludePhi = usePermission('EXPORTS_PHI');
  const [includePhi, setIncludePhi] = useState(false);
  const [open, setOpen] = useState(false);
  const { create } = useExports();
  return (
    <Popover position="bottom-end" trapFocus width={290} opened={open} onChange={setOpen}>
      <Popover.Target>
        <Button variant="default" leftSection={<IconFileSpreadsheet size={17} />} onClick={() => setOpen(!open)}>
          Export
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <span>A workbook of exactly the claims these filters show.</span>
          {mayIncludePhi ? (
            <Checkbox
              size="sm"
              label="With patients' names and numbers (PHI)"
              checked={includePhi}
              onChange={(event) => setIncludePhi(event.currentTarget.checked)}
            />
          ) : null}
          <Button
            onClick={() => {
              setOpen(false);
              void create({ kind: 'CLAIMS_XLSX', claimFilter: claimFilter(search), includePhi });
            }}
          >
            Make the workbook
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
