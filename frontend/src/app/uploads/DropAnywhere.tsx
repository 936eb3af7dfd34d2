import { IconFileUpload } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { usePermission } from '@/app/session/SessionContext';
import classes from './dropAnywhere.module.css';
import { useUploadQueue } from './UploadsContext';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

/** A file dropped on any page is an upload. */
export function DropAnywhere() {
  const allowed = usePermission('UPLOADS_WRITE');
  const queue = useUploadQueue();
  const navigate = useNavigate();
  const [over, setOver] = useState(false);

  useEffect(() => {
    if (!allowed) return;
    const onOver = (event: DragEvent) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const onLeave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent) => {
      setOver(false);
      if (!carriesFiles(event)) return;
      event.preventDefault();
      queue.add([...(event.dataTransfer?.files ?? [])]);
      void navigate({ to: '/uploads' });
    };
    addEventListener('dragover', onOver);
    addEventListener('dragleave', onLeave);
    addEventListener('drop', onDrop);
    return () => {
      removeEventListener('dragover', onOver);
      removeEventListener('dragleave', onLeave);
      removeEventListener('drop', onDrop);
    };
  }, [allowed, queue, navigate]);

  if (!over) return null;
  return (
    <div className={classes.veil} aria-hidden="true">
      <div className={classes.target}>
        <IconFileUpload size={40} stroke={1.5} />
        <strong>Drop to upload</strong>
        <span>Claims as CSV, Excel or FHIR, and X12: remittances, submissions, acknowledgements, authorizations</span>
      </div>
    </div>
  );
}
