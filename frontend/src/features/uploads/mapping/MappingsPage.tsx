import { Skeleton } from '@mantine/core';
import { IconChevronLeft, IconTableColumn } from '@tabler/icons-react';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { usePermission } from '@/app/session/SessionContext';
import { explain } from '@/graphql/failure';
import { LinkButton } from '@/ui/LinkButton';
import { backLinkClass, Page } from '@/ui/Page';
import { ErrorNotice } from '@/ui/state/ErrorNotice';
import { Notice } from '@/ui/state/Notice';
import { Pager } from '@/ui/table/Pager';
import { SourceMappingsQuery } from './documents';
import classes from './mapping.module.css';
import { RememberedMapping } from './RememberedMapping';

const route = getRouteApi('/uploads/mappings');
const PAGE_SIZE = 25;

/** The headers that a person has mapped, and how files with each are read. */
export function MappingsPage() {
  const search = route.useSearch();
  const names = usePermission('PHI_READ');
  const [{ data, error }, ask] = useQuery({
    query: SourceMappingsQuery,
    variables: { first: PAGE_SIZE, after: search.after ?? null, names },
    requestPolicy: 'cache-and-network',
  });
  const page = data?.sourceMappings;
  return (
    <Page
      title="Remembered mappings"
      lead="How files are read whose columns a person has mapped"
      back={
        <Link to="/uploads/quality" className={backLinkClass}>
          <IconChevronLeft size={15} aria-hidden="true" /> Data quality
        </Link>
      }
    >
      {page ? (
        page.items.length > 0 ? (
          <>
            <p className={classes.rule}>
              A mapping holds for every file with its header. Once it is forgotten, files already read stay as they are;
              the next with that header is read by the names Upstream knows, or asks to be mapped.
              {names ? '' : ' Your role does not show the names that columns have in files.'}
            </p>
            <ul className={classes.remembered} aria-label="Remembered mappings">
              {page.items.map((mapping) => (
                <li key={mapping.id}>
                  <RememberedMapping mapping={mapping} />
                </li>
              ))}
            </ul>
            <Pager
              total={page.totalCount}
              shown={page.items.length}
              page={search.page ?? 1}
              size={PAGE_SIZE}
              info={page.pageInfo}
              after={search.after}
              noun="mapping"
            />
          </>
        ) : (
          <Notice
            icon={<IconTableColumn size={32} />}
            title="No mapping is remembered"
            action={<LinkButton to="/uploads">Upload claims</LinkButton>}
          >
            Where the columns of a file have names that Upstream does not know, you say once what each of them tells.
            Every later file with that header is read so, and the mapping stands here.
          </Notice>
        )
      ) : error ? (
        <ErrorNotice
          what="the mappings"
          failure={explain(error)}
          onRetry={() => ask({ requestPolicy: 'network-only' })}
        />
      ) : (
        <Skeleton height={360} radius={10} />
      )}
    </Page>
  );
}
