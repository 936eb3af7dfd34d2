import { IconFileUpload } from '@tabler/icons-react';
import { type ChangeEvent, useId } from 'react';
import { useUploadQueue } from '@/app/uploads/UploadsContext';
import classes from './uploads.module.css';

/** Where files are chosen; dropping works here as on every page. */
export function DropZone() {
  const id = useId();
  const queue = useUploadQueue();
  const choose = (event: ChangeEvent<HTMLInputElement>) => {
    queue.add([...(event.currentTarget.files ?? [])]);
    event.currentTarget.value = '';
  };
  return (
    <div className={classes.zone}>
      <input id={id} type="file" multiple className={classes.input} onChange={choose} />
      <label htmlFor={id} className={classes.target}>
        <IconFileUpload size={30} stroke={1.5} aria-hidden="true" />
        <span className={classes.prompt}>
          <strong>Choose files</strong> or drop them anywhere
        </span>
        <span className={classes.hint}>
          Claims as CSV, Excel workbook or FHIR; remittances (835), submissions (837) and their acknowledgements (999,
          997, 277CA), authorizations (278); also in a gzip, or many in a zip. What a file is, is read from its content.
          Sending the same file again changes nothing.
        </span>
      </label>
    </div>
  );
}
