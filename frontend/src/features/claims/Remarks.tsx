import { CodeText } from '@/ui/CodeText';
import classes from './claim.module.css';

export type Remark = { code: string; label: string; text: string | null };

/** Remark codes, one below the other. */
export function Remarks({ remarks }: { remarks: readonly Remark[] }) {
  return (
    <ul className={classes.remarks}>
      {remarks.map((remark) => (
        <li key={remark.code}>
          <CodeText {...remark} />
        </li>
      ))}
    </ul>
  );
}
