import { Link } from '@tanstack/react-router';
import { formatChange, streamPart } from '@/graphql/measures';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { KIND_LABEL } from '@/graphql/words';
import { formatCertainty, formatDate, formatDollars } from '@/lib/format';
import { Card } from '@/ui/Card';
import { RelatedSignalFragment } from './documents';
import classes from './related.module.css';

type Related = ReturnType<typeof readRelated>[number];
type Part = { name: string; signals: Related[] };

const readRelated = (data: readonly FragmentOf<typeof RelatedSignalFragment>[]) =>
  data.map((each) => readFragment(RelatedSignalFragment, each));

/** Signals by the part of the payer's claims they watch, in the order in which the parts come up. */
function byPart(signals: readonly Related[]): Part[] {
  const parts = new Map<string, Related[]>();
  for (const signal of signals) {
    const name = streamPart(signal) || 'All services';
    parts.set(name, [...(parts.get(name) ?? []), signal]);
  }
  return [...parts].map(([name, own]) => ({ name, signals: own }));
}

/** The parts and measures in which the same change shows: one cause, one alert. */
export function RelatedSignals({ data }: { data: readonly FragmentOf<typeof RelatedSignalFragment>[] }) {
  const signals = readRelated(data);
  if (signals.length === 0) return null;
  const parts = byPart(signals);
  return (
    <Card
      title="Where it shows"
      note={
        parts.some((part) => part.signals.length > 1)
          ? 'The same change in parts of this payer’s claims, counted in several ways that agree; one cause, so one alert'
          : 'The same change in parts of this payer’s claims; one cause, so one alert'
      }
    >
      <table className={classes.table} aria-label="Parts with the same change">
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Seen in</th>
            <th scope="col" className={classes.wide}>
              Since
            </th>
            <th scope="col" className={classes.numeric}>
              Change
            </th>
            <th scope="col" className={`${classes.numeric} ${classes.wide}`}>
              How sure
            </th>
            <th scope="col" className={classes.numeric}>
              A week
            </th>
          </tr>
        </thead>
        {parts.map((part) => (
          <tbody key={part.name}>
            {part.signals.map((signal, index) => (
              <tr key={signal.id}>
                {index === 0 ? (
                  <th scope="rowgroup" rowSpan={part.signals.length}>
                    {part.name}
                  </th>
                ) : null}
                <td>
                  <Link
                    to="/claims"
                    search={{ signal: signal.id }}
                    aria-label={`Claims of ${part.name}: ${KIND_LABEL[signal.kind]}`}
                  >
                    {KIND_LABEL[signal.kind]}
                  </Link>
                </td>
                <td className={classes.wide}>{formatDate(signal.changeDate)}</td>
                <td className={classes.numeric}>{formatChange(signal)}</td>
                <td className={`${classes.numeric} ${classes.wide}`}>{formatCertainty(signal.certainty)}</td>
                <td className={classes.numeric}>{formatDollars(signal.dollarsPerWeek)}</td>
              </tr>
            ))}
          </tbody>
        ))}
      </table>
    </Card>
  );
}
