import { Button, SegmentedControl, Skeleton } from '@mantine/core';
import { IconChartLine, IconTable } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useMemo, useState } from 'react';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatDate } from '@/lib/format';
import { Card } from '@/ui/Card';
import { ControlChart } from '@/ui/chart/ControlChart';
import { windowAround } from '@/ui/chart/geometry';
import { Legend } from '@/ui/chart/Legend';
import classes from './chartCard.module.css';
import { HappeningsFragment, SignalSeriesFragment } from './documents';
import { happeningsOf } from './happenings';
import { Maturity } from './Maturity';
import { OpenClaims } from './OpenClaims';
import { claimsOfDays, controlPoints, describeDays, SERIES } from './series';

// Most look at the chart alone.
const SeriesTable = lazy(() => import('./SeriesTable'));

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
  const view = SERIES[signal.kind];
  const happenings = useMemo(() => happeningsOf(readFragment(HappeningsFragment, whole)), [whole]);

  return (
    <Card
      title={view.title}
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
      {view.about ? <p className={classes.about}>{view.about}</p> : null}
      {points.length === 0 ? (
        <p className={classes.empty}>No days are on record for this period.</p>
      ) : asTable ? (
        <Suspense fallback={<Skeleton height={420} radius={10} />}>
          <SeriesTable signal={signal} />
        </Suspense>
      ) : (
        <>
          <Legend
            entries={[
              { mark: 'dot', label: view.legend.dot },
              { mark: 'line', label: view.legend.line },
              { mark: 'reference', label: view.legend.reference },
              { mark: 'band', label: 'change and its interval' },
              ...(happenings.length > 0 ? [{ mark: 'note' as const, label: 'what else happened, below' }] : []),
            ]}
          />
          <ControlChart
            label={view.label}
            points={points}
            marks={{
              change: signal.changeDate,
              changeLow: signal.changeDateLow,
              changeHigh: signal.changeDateHigh,
              alarm: signal.alarmedOn,
            }}
            notes={happenings}
            formatValue={view.formatValue}
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
      {signal.kind === 'PAYMENT_DELAY' ? (
        <OpenClaims series={signal.series} change={signal.changeDate} />
      ) : (
        <Maturity
          payerId={signal.payer.id}
          groupId={signal.serviceGroup?.id}
          location={signal.location}
          since={signal.changeDate}
        />
      )}
    </Card>
  );
}
