import { Link } from '@tanstack/react-router';
import type { ClaimsSearch } from '@/app/urls';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import { formatCount, formatShare } from '@/lib/format';
import { Card } from '@/ui/Card';
import classes from './categories.module.css';
import { ServiceGroupSharesFragment } from './documents';

/** The claims counted: those denied since, of denials by submission those submitted since. */
const since = ({ kind, changeDate }: ResultOf<typeof ServiceGroupSharesFragment>): ClaimsSearch =>
  kind === 'DENIAL_COHORT' ? { submittedFrom: changeDate } : { decidedFrom: changeDate };

/** Where a payer's change lies: the service groups by the part of the shift each carries. */
export function ServiceGroupShares({ data }: { data: FragmentOf<typeof ServiceGroupSharesFragment> }) {
  const signal = readFragment(ServiceGroupSharesFragment, data);
  const shares = signal.serviceGroupShares.filter(({ share, claims }) => share !== 0 || claims > 0);
  if (shares.length === 0) return null;
  const alone = shares.find(({ restUnchanged }) => restUnchanged);
  return (
    <Card
      title="Which services carry it"
      note={
        alone
          ? `Without ${alone.name}, the payer’s other services show no change`
          : 'Part of the shift in each service group'
      }
    >
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">Service group</th>
            <th scope="col">Of the change</th>
            <th scope="col">Claims denied since</th>
          </tr>
        </thead>
        <tbody>
          {shares.map(({ serviceGroupId, name, share, claims }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{formatShare(share)}</td>
              <td>
                {serviceGroupId ? (
                  <Link
                    to="/claims"
                    search={{
                      payer: signal.payer.id,
                      group: serviceGroupId,
                      category: signal.denialCategory || undefined,
                      outcome: ['DENIED'],
                      ...since(signal),
                    }}
                    aria-label={`${formatCount(claims)} claims denied for ${name}`}
                  >
                    {formatCount(claims)}
                  </Link>
                ) : (
                  formatCount(claims)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
