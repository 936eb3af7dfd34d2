import { Link } from '@tanstack/react-router';
import { type FragmentOf, type ResultOf, readFragment } from '@/graphql/tada';
import { formatCount, formatShare } from '@/lib/format';
import { Card } from '@/ui/Card';
import { CodeText } from '@/ui/CodeText';
import classes from './categories.module.css';
import { ReasonsFragment } from './documents';

type Signal = ResultOf<typeof ReasonsFragment>;
type Kind = Signal['reasons'][number]['kind'];

const SHOWN = 8;
const TABLES: { kind: Kind; title: string; none: string }[] = [
  { kind: 'CARC', title: 'Reason codes (CARC)', none: 'These denials carry no adjustment reason code.' },
  { kind: 'RARC', title: 'Remark codes (RARC)', none: 'These denials carry no remark code.' },
];

/** Which codes the denials carry: reasons and remarks, each before and since. */
export function Reasons({ data }: { data: FragmentOf<typeof ReasonsFragment> }) {
  const signal = readFragment(ReasonsFragment, data);
  // Payments have no reason codes to decompose.
  if (signal.kind === 'PAYMENT_DELAY' || signal.kind === 'TAKEBACK') return null;
  return (
    <Card
      title="Which codes they carry"
      note="Share of decided claims denied with each code, before and since the change; the largest shift first"
    >
      <div className={classes.pair}>
        {TABLES.map((table) => (
          <CodeTable key={table.kind} signal={signal} {...table} />
        ))}
      </div>
    </Card>
  );
}

function CodeTable({ signal, kind, title, none }: { signal: Signal; kind: Kind; title: string; none: string }) {
  const codes = signal.reasons.filter((reason) => reason.kind === kind);
  if (codes.length === 0) {
    return (
      <section className={classes.codes}>
        <h3 className={classes.subtitle}>{title}</h3>
        <p className={classes.none}>{none}</p>
      </section>
    );
  }
  return (
    <section className={classes.codes}>
      <table className={classes.table}>
        <caption className={classes.subtitle}>{title}</caption>
        <thead>
          <tr>
            <th scope="col">Code</th>
            <th scope="col">Before</th>
            <th scope="col">Since</th>
            <th scope="col">Claims</th>
          </tr>
        </thead>
        <tbody>
          {codes.slice(0, SHOWN).map(({ code, label, text, before, after, claims }) => (
            <tr key={code}>
              <th scope="row">
                <CodeText code={code} label={label} text={text} />
              </th>
              <td>{formatShare(before)}</td>
              <td>{formatShare(after)}</td>
              <td>
                {kind === 'CARC' ? (
                  <Link
                    to="/claims"
                    search={{
                      payer: signal.payer.id,
                      group: signal.serviceGroup?.id,
                      location: signal.location || undefined,
                      category: signal.denialCategory || undefined,
                      code,
                      outcome: ['DENIED'],
                      decidedFrom: signal.changeDate,
                    }}
                    aria-label={`${formatCount(claims)} claims denied with code ${code}`}
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
      {codes.length > SHOWN ? (
        <p className={classes.none}>{formatCount(codes.length - SHOWN)} more codes shifted less.</p>
      ) : null}
    </section>
  );
}
