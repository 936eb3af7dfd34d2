import { Button, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useViewer } from '@/app/session/SessionContext';
import type { Problem } from '@/graphql/problem';
import { FormDialog } from '@/ui/dialog/FormDialog';
import { hourWords, scheduleWords, standing, WEEKDAYS } from './schedules';
import { type SavedQuery, type ScheduleInput, useSavedQueries } from './useSavedQueries';

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;
const ZONES = [...new Set([HERE, 'UTC', ...Intl.supportedValuesOf('timeZone')])];
const HOURS = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: hourWords(hour) }));

/** When a saved query is carried out as an export of one's own, again and again or now. */
export default function ScheduleDialog({ query, onClose }: { query: SavedQuery; onClose: () => void }) {
  const { schedule, unschedule, exportNow } = useSavedQueries();
  const { id: viewer } = useViewer();
  const own = query.schedules.find(({ scheduledBy }) => scheduledBy?.id === viewer) ?? null;
  const others = query.schedules.filter((each) => each !== own);
  const [times, setTimes] = useState<ScheduleInput>(() => ({
    kind: own?.kind ?? 'QUERY_XLSX',
    frequency: own?.frequency ?? 'WEEKLY',
    weekday: own?.weekday ?? 1,
    dayOfMonth: own?.dayOfMonth ?? 1,
    hour: own?.hour ?? 7,
    timeZone: own?.timeZone ?? HERE,
  }));
  const [problem, setProblem] = useState<Problem | null>(null);
  const set = (change: Partial<ScheduleInput>) => {
    setTimes((before) => ({ ...before, ...change }));
    setProblem(null);
  };
  const finish = (found: Problem | null) => {
    setProblem(found);
    if (!found) onClose();
  };
  return (
    <FormDialog
      title={`Schedule “${query.name}”`}
      action={own ? 'Change the schedule' : 'Schedule'}
      problem={problem?.message}
      onSubmit={async () => {
        const answer = await schedule(query.id, times);
        finish('problem' in answer ? answer.problem : null);
      }}
      onClose={onClose}
    >
      <Text size="sm" c="dimmed">
        Each time it is run with what you may see then, without patients, and its file waits for you under Exports.
      </Text>
      {own ? (
        <Text size="sm" fw={550} c={own.stoppedAt ? 'red' : undefined} role="status">
          {scheduleWords(own)}. {standing(own)}
        </Text>
      ) : null}
      <Group grow gap="sm" align="flex-start">
        <NativeSelect
          label="How often"
          data-autofocus
          data={[
            { value: 'DAILY', label: 'Every day' },
            { value: 'WEEKLY', label: 'Every week' },
            { value: 'MONTHLY', label: 'Every month' },
          ]}
          value={times.frequency}
          onChange={(changed) => set({ frequency: changed.currentTarget.value as ScheduleInput['frequency'] })}
        />
        {times.frequency === 'WEEKLY' ? (
          <NativeSelect
            label="Day"
            data={WEEKDAYS.map((label, index) => ({ value: String(index + 1), label }))}
            value={String(times.weekday)}
            onChange={(changed) => set({ weekday: Number(changed.currentTarget.value) })}
          />
        ) : null}
        {times.frequency === 'MONTHLY' ? (
          <TextInput
            label="Day of the month"
            type="number"
            min={1}
            max={31}
            value={times.dayOfMonth ?? ''}
            onChange={(changed) => set({ dayOfMonth: Number(changed.currentTarget.value) || null })}
          />
        ) : null}
        <NativeSelect
          label="Hour"
          data={HOURS}
          value={String(times.hour)}
          onChange={(changed) => set({ hour: Number(changed.currentTarget.value) })}
        />
      </Group>
      <Group grow gap="sm" align="flex-start">
        <NativeSelect
          label="Time zone"
          data={ZONES.map((zone) => ({ value: zone, label: zone.replaceAll('_', ' ') }))}
          value={times.timeZone}
          onChange={(changed) => set({ timeZone: changed.currentTarget.value })}
        />
        <NativeSelect
          label="File"
          data={[
            { value: 'QUERY_XLSX', label: 'Excel workbook' },
            { value: 'QUERY_CSV', label: 'CSV, one table' },
          ]}
          value={times.kind}
          onChange={(changed) => set({ kind: changed.currentTarget.value as ScheduleInput['kind'] })}
        />
      </Group>
      <Group gap="xs">
        <Button size="compact-sm" variant="default" onClick={async () => finish(await exportNow(query.id, times.kind))}>
          Make the file once, now
        </Button>
        {own ? (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={async () => {
              const answer = await unschedule(query.id);
              finish('problem' in answer ? answer.problem : null);
            }}
          >
            End the schedule
          </Button>
        ) : null}
      </Group>
      {others.length > 0 ? (
        <Text size="xs" c="dimmed">
          Also scheduled by {others.map(({ scheduledBy }) => scheduledBy?.name ?? 'someone who left').join(', ')}.
        </Text>
      ) : null}
    </FormDialog>
  );
}
