import { useElementSize } from '@mantine/hooks';
import { Link, useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type PointerEvent, useMemo, useState } from 'react';
import type { BacktestSignal } from '@/app/backtests/useBacktest';
import { daysBetween } from '@/lib/dates';
import { formatDate, formatDollars, plural } from '@/lib/format';
import { alertOf, reasonSentence } from './reasons';
import { TimelinePlot } from './TimelinePlot';
import { inOrder, layOutTimeline, markRadius, payerName, toldOn } from './timeline';
import classes from './timeline.module.css';

type TimelineProps = { signals: readonly BacktestSignal[]; period: { from: string; to: string } };

/** A change in words: also what a screen reader hears. */
export function describeSignal(signal: BacktestSignal): string {
  const days = daysBetween(signal.changeDate, toldOn(signal));
  return [
    `${formatDate(toldOn(signal))}, ${signal.isAlert ? 'alert' : 'signal without an alert'}: ${signal.headline}.`,
    reasonSentence(signal),
    `Seen ${plural(days, 'day')} after the change; ${formatDollars(signal.dollarsPerWeek)} a week.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/**
 * What would have been told, one lane a payer. One focusable slider over the changes by date: arrows move, Enter opens
 * the alert that tells of it, where there is one.
 */
export function Timeline({ signals, period }: TimelineProps) {
  const navigate = useNavigate();
  const { ref, width } = useElementSize();
  const [current, setCurrent] = useState<number | null>(null);
  const ordered = useMemo(() => inOrder(signals), [signals]);
  const layout = useMemo(() => layOutTimeline(ordered, period, width || 900), [ordered, period, width]);
  const last = ordered.length - 1;
  const shown = current === null ? undefined : ordered[current];

  const shownAlert = shown && alertOf(shown);
  const has = (reason: BacktestSignal['reason']) => signals.some((signal) => signal.reason === reason);

  const open = (signal: BacktestSignal | undefined) => {
    const alertId = signal && alertOf(signal);
    if (alertId) void navigate({ to: '/alerts/$alertId', params: { alertId } });
  };
  const at = (event: PointerEvent<Element>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return layout.nearest(event.clientX - box.left, event.clientY - box.top);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const from = current ?? 0;
    const steps: Record<string, number> = {
      ArrowLeft: from - 1,
      ArrowUp: from - 1,
      ArrowRight: from + 1,
      ArrowDown: from + 1,
      Home: 0,
      End: last,
    };
    const to = steps[event.key];
    if (to !== undefined) {
      event.preventDefault();
      setCurrent(Math.min(Math.max(to, 0), last));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      open(shown);
    }
  };

  return (
    <div>
      <ul className={classes.legend}>
        <li>
          <LegendMark reason="ALERT" /> alert, on the day it would have been opened
        </li>
        {has('EXPLAINED') ? (
          <li>
            <LegendMark reason="EXPLAINED" /> signal that another explains
          </li>
        ) : null}
        {has('BELOW_BUDGET') ? (
          <li>
            <LegendMark reason="BELOW_BUDGET" /> signal without room in the weekly number
          </li>
        ) : null}
        {has('IMPROVEMENT') ? (
          <li>
            <LegendMark reason="IMPROVEMENT" /> improvement
          </li>
        ) : null}
        <li>
          <svg width={26} height={12} aria-hidden="true">
            <g className={classes.mark}>
              <line x1={2} x2={24} y1={6} y2={6} />
            </g>
          </svg>
          from the change to the day it was seen
        </li>
      </ul>
      <div
        ref={ref}
        className={classes.stage}
        style={{ height: layout.height }}
        role="slider"
        tabIndex={0}
        aria-label="What would have been told, by date"
        aria-orientation="horizontal"
        aria-valuemin={1}
        aria-valuemax={ordered.length}
        aria-valuenow={(current ?? 0) + 1}
        aria-valuetext={describeSignal(shown ?? (ordered[0] as BacktestSignal))}
        onKeyDown={onKeyDown}
        onFocus={() => setCurrent((index) => index ?? 0)}
        onPointerMove={(event) => setCurrent(at(event))}
        onPointerUp={(event) => {
          if (event.pointerType !== 'touch') open(ordered[at(event)]);
        }}
      >
        {width > 0 ? <TimelinePlot layout={layout} current={current} /> : null}
      </div>
      <div className={classes.readout}>
        {shown ? (
          <>
            <span>
              <strong>{payerName(shown)}</strong> · {describeSignal(shown)}
            </span>
            {shownAlert ? (
              <Link to="/alerts/$alertId" params={{ alertId: shownAlert }} className={classes.open}>
                {shown.alertId ? 'Open the alert' : 'Open the alert that explains it'}
              </Link>
            ) : null}
          </>
        ) : (
          <span>
            Point at a mark to read it; click it to open its alert. With the keyboard: arrows, Enter. Red is a change
            for the worse.
          </span>
        )}
      </div>
    </div>
  );
}

const LegendMark = ({ reason }: { reason: BacktestSignal['reason'] }) => (
  <svg width={14} height={12} aria-hidden="true">
    <g className={classes.mark} data-reason={reason}>
      <circle cx={7} cy={6} r={markRadius(reason)} />
    </g>
  </svg>
);
