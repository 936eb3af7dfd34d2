import { Skeleton } from '@mantine/core';
import { IconChevronLeft, IconReportAnalytics } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { explain } from '@/graphql/failure';
import { graphql, type ResultOf } from '@/graphql/tada';
import { UPLOAD_KIND_LABEL } from '@/graphql/words';
import { formatMoment } from '@/lib/format';
import { Sparkline } from '@/ui/chart/Sparkline';
import { LinkButton } from '@/ui/LinkButton';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Score } from './Quality';
import classes from './uploads.module.css';

const SourcesQuery = graphql(`
  query IntakeSources {
    intakeSources {
      id
      kind
      sender
      mendFirst {
        key
        label
        sentence
      }
      uploads {
        id
        fileName
        createdAt
        quality {
          score
        }
      }
    }
  }
`);

type Source = NonNullable<ResultOf<typeof SourcesQuery>['intakeSources']>[number];

/** Where files come from, how good their data are and were, and what to mend first. */
export function SourcesPage() {
  const [{ data, error }, ask] = useQuery({ query: SourcesQuery, requestPolicy: 'cache-and-network' });
  const sources = data?.intakeSources;
  return (
    <Page
      title="Data quality"
      lead="Each source of files, how good its last file was beside those before, and what to mend first"
      actions={
        <LinkButton to="/uploads/mappings" variant="default">
          Remembered mappings
        </LinkButton>
      }
      back={
        <Link to="/uploads" className={backLinkClass}>
          <IconChevronLeft size={15} aria-hidden="true" /> Uploads
        </Link>
      }
    >
      {sources ? (
        sources.length > 0 ? (
          <ul className={classes.list} aria-label="Sources">
            {sources.map((source) => (
              <SourceRow key={source.id} source={source} />
            ))}
          </ul>
        ) : (
          <Notice
            icon={<IconReportAnalytics size={32} />}
            title="No source yet"
            action={<LinkButton to="/uploads">Upload claims</LinkButton>}
          >
            Sources appear with the first files of claims or remittances that are read.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the sources"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
    </Page>
  );
}

function SourceRow({ source: { kind, sender, mendFirst, uploads } }: { source: Source }) {
  const last = uploads[0];
  if (!last) return null;
  const scores = uploads.map(({ quality }) => quality?.score ?? null).reverse();
  return (
    <li className={`${classes.row} ${classes.source}`}>
      <div className={classes.what}>
        <Link to="/uploads/$uploadId" params={{ uploadId: last.id }} className={classes.name}>
          {last.fileName}
        </Link>
        <span className={classes.meta}>
          {UPLOAD_KIND_LABEL[kind]}
          {sender ? ` · from ${sender}` : ''} · {formatMoment(last.createdAt)}
        </span>
        <p className={classes.sentence}>
          {mendFirst ? `Mend first: ${mendFirst.sentence}` : 'The last file lacks nothing that the score asks for.'}
        </p>
      </div>
      {scores.length > 1 ? (
        <div className={classes.trend}>
          <Sparkline values={scores} width={110} height={30} />
          <span className={classes.meta}>{range(scores)}</span>
        </div>
      ) : null}
      {last.quality ? <Score score={last.quality.score} /> : null}
    </li>
  );
}

/** What the scores on the line lie between, in words for those who do not see it. */
function range(scores: readonly (number | null)[]) {
  const told = scores.filter((score) => score !== null);
  const [lowest, highest] = [Math.min(...told), Math.max(...told)];
  if (told.length === 0) return `Last ${scores.length}: no score`;
  return `Last ${scores.length}: ${lowest === highest ? `all ${lowest}` : `${lowest} to ${highest}`}`;
}
