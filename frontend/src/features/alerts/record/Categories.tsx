import { Link } from '@tanstack/react-router';
import { type FragmentOf, readFragment } from '@/graphql/tada';
import { formatCount, formatShare } from '@/lib/format';
import { Card } from '@/ui/Card';
import classes from './categories.module.css';
import { CategoriesFragment } from './documents';

/** Which reasons for denial carry the change: before and after on one scale, the largest part first. */
export function Categories({ data }: { data: FragmentOf<typeof CategoriesFragment> }) {
  const signal = readFragment(CategoriesFragment, data);
  if (signal.categories.length === 0) return null;
  const scale = Math.max(...signal.categories.flatMap(({ before, after }) => [before, after])) || 1;
  return (
    <Card
      title="Which reasons carry it"
      note={`Share of ${signal.kind === 'DENIAL_DOLLARS' ? 'billed dollars' : 'decided claims'} denied for each reason, before and since the change`}
    >
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Reason</th>
            <th scope="col" className={classes.barsHead}>
              Before and since
            </th>
            <th scope="col">Before</th>
            <th scope="col">Since</th>
            <th scope="col">Of the change</th>
            <th scope="col">Claims</th>
          </tr>
        </thead>
        <tbody>
          {signal.categories.map(({ category, label, before, after, share, claims }) => (
            <tr key={category}>
              <th scope="row">{label}</th>
              <td className={classes.bars} aria-hidden="true">
                <span className={classes.before} style={{ width: `${(before / scale) * 100}%` }} />
                <span className={classes.after} style={{ width: `${(after / scale) * 100}%` }} />
              </td>
              <td>{formatShare(before)}</td>
              <td>{formatShare(after)}</td>
              <td>{formatShare(share)}</td>
              <td>
                <Link
                  to="/claims"
                  search={{
                    payer: signal.payer.id,
                    group: signal.serviceGroup?.id,
                    location: signal.location || undefined,
                    category,
                    outcome: ['DENIED'],
                    decidedFrom: signal.changeDate,
                  }}
                  aria-label={`${formatCount(claims)} claims denied for ${label}`}
                >
                  {formatCount(claims)}
                </Link>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
