import type { ReactNode } from 'react';
import classes from './state.module.css';

type NoticeProps = {
  icon: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
  role?: 'alert' | 'status';
};

/** What stands where content would: nothing yet, not allowed, not found, went wrong. */
export function Notice({ icon, title, children, action, role }: NoticeProps) {
  return (
    <div className={classes.state} role={role}>
      {icon}
      <p className={classes.title}>{title}</p>
      {children ? <p className={classes.text}>{children}</p> : null}
      {action}
    </div>
  );
}
