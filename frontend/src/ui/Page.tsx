import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import classes from './page.module.css';

type PageProps = {
  title: string;
  lead?: ReactNode;
  back?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

/** The frame of every page: its title (also the tab's), a line of context, its actions, its content. */
export function Page({ title, lead, back, actions, children }: PageProps) {
  useDocumentTitle(`${title} · Upstream`);
  return (
    <div className={classes.page}>
      {back}
      <header className={classes.head}>
        <div>
          <h1 className={classes.title}>{title}</h1>
          {lead ? <p className={classes.lead}>{lead}</p> : null}
        </div>
        {actions}
      </header>
      {children}
    </div>
  );
}

export const backLinkClass = classes.back;
