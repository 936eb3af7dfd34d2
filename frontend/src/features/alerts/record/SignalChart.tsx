import { Button, SegmentedControl } from '@mantine/core';
import { IconChartLine, IconTable } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatCount, formatDate, formatShareTick } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ControlChart } from '@/ui/chart/ControlChart';
import { windowAround } from '@/ui/chart/geometry';
import { Legend } from '@/ui/chart/Legend';
import classes from './chartCard.module.css';
import { SignalSeriesFragment } from './documents';
import { Maturity } from './Maturity';
import { OpenClaims } from './OpenClaims';
import { SeriesTable } from './SeriesTable';
import { claimsOfDays, controlPoints, describeDays } from './series';

const WINDOWS = { near: 90, year: 365, all: 100_000 } as const;
type Window = keyof typeof WINDOWS;

/** The evidence day by day, as a chart or as its table. */
export function SignalChart({ data }: { data: FragmentOf<typeof SignalSeriesFragment> }) {
  const whole = readFragment(SignalSeriesFragment, data);
  const navigate = useNavigate();
  const [span, setSpan] = useState<Window>('near');
  const [asTable, setAsTable] = useState(false);
  const signal = useMemo(
    () => ({ ...whole, series: windowAround(whole.series, whole.changeDate, WINDOWS[span]) }),
    [whole, span],
  );
  const points = useMemo(() => controlPoints(signal.kind, signal.series), [signal]);
  const denials = signal.kind === 'DENIAL_RATE';

  return (
    <Card
      title={denials ? 'Denied share of decided claims, day by day' : 'Payments received against payments expected'}
      note={`Data through ${formatDate(signal.dataThrough)}`}
      aside={
        <div className={classes.tools}>
          <SegmentedControl
            size="xs"
            aria-label="Period"
            value={span}
            onChange={(value) => setSpan(value as Window)}
            data={[
              { value: 'near', label: '3 months before' },
              { value: 'year', label: '1 year before' },
              { value: 'all', label: 'All' },
            ]}
          />
          <Button
            size="xs"
            variant="default"
            leftSection={asTable ? <IconChartLine size={15} /> : <IconTable size={15} />}
            onClick={() => setAsTable(!asTable)}
          >
            {asTable ? 'As chart' : 'As table'}
          </Button>
        </div>
      }
    >
      {points.length === 0 ? (
        <p className={classes.empty}>No days are on record for this period.</p>
      ) : asTable ? (
        <SeriesTable signal={signal} />
      ) : (
        <>
          <Legend
            entries={[
              { mark: 'dot', label: denials ? 'a day' : 'paid that day' },
              { mark: 'line', label: denials ? '7-day rate' : 'paid, 7-day mean' },
              { mark: 'reference', label: denials ? 'baseline' : 'expected, 7-day mean' },
              { mark: 'band', label: 'change and its interval' },
            ]}
          />
          <ControlChart
            label={denials ? 'Denied share of decided claims, by day' : 'Payments and expected payments, by day'}
            points={points}
            marks={{
              change: signal.changeDate,
              changeLow: signal.changeDateLow,
              changeHigh: signal.changeDateHigh,
              alarm: signal.alarmedOn,
            }}
            formatValue={denials ? formatShareTick : formatCount}
            describe={(from, to) => describeDays(signal.kind, signal.series, from, to)}
            onOpen={(from, to) => void navigate({ to: '/claims', search: claimsOfDays(signal, from, to) })}
            openLink={(from, to) => (
              <Link to="/claims" search={claimsOfDays(signal, from, to)} className={classes.open}>
                Open these claims
              </Link>
            )}
          />
        </>
      )}
      {denials ? (
        <Maturity payerId={signal.payer.id} groupId={signal.serviceGroup?.id} since={signal.changeDate} />
      ) : null}
      {!denials && points.length > 0 ? <OpenClaims series={signal.series} change={signal.changeDate} /> : null}
    </Card>
  );
}
