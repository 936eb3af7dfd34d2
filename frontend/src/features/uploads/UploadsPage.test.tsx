import { screen, waitFor, within } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { createUploadQueue } from '@/app/uploads/queue';
import { serveApi } from '../../../tests/api';
import { EVERYTHING, job, pageOf, READING, upload } from '../../../tests/fixtures';
import { renderApp } from '../../../tests/renderApp';

const csv = (name: string) => new File(['payer,procedure_code\n'], name, { type: 'text/csv' });
const signedIn = { accessToken: () => 'token', refresh: async () => true };
const settled = (queue: ReturnType<typeof createUploadQueue>) =>
  waitFor(() => expect(queue.get().every(({ state }) => state === 'received' || state === 'failed')).toBe(true));

describe('the way of files to the server', () => {
  it('goes one file after the other, and remembers what the server made of each', async () => {
    const order: string[] = [];
    serveApi({
      uploadFile: async ({ file }: { file: File }) => {
        order.push(`${file.name} in`);
        await new Promise((done) => setTimeout(done, 20));
        order.push(`${file.name} out`);
        return { upload: upload(file.name, file.name), errors: [] };
      },
    });
    let received = 0;
    const queue = createUploadQueue(signedIn, () => {
      received += 1;
    });
    queue.add([csv('a.csv'), csv('b.csv')]);
    expect(queue.get().map(({ state }) => state)).toEqual(['sending', 'waiting']);
    await settled(queue);
    expect(order).toEqual(['a.csv in', 'a.csv out', 'b.csv in', 'b.csv out']);
    expect(queue.get().map(({ uploadId }) => uploadId)).toEqual(['a.csv', 'b.csv']);
    expect(received).toBe(2);
  });

  it('says why a file was refused, sends the next one all the same, and tries again when asked', async () => {
    let full = true;
    serveApi({
      uploadFile: ({ file }: { file: File }) =>
        full && file.name === 'a.csv'
          ? { upload: null, errors: [{ code: 'TOO_LARGE', field: 'file', message: 'At most 100 MB.' }] }
          : { upload: upload(file.name, file.name), errors: [] },
    });
    const queue = createUploadQueue(signedIn, () => undefined);
    queue.add([csv('a.csv'), csv('b.csv')]);
    await settled(queue);
    const [first, second] = queue.get();
    expect(first).toMatchObject({ state: 'failed', problem: 'At most 100 MB.' });
    expect(second).toMatchObject({ state: 'received' });
    full = false;
    queue.retry(first?.key as number);
    await waitFor(() => expect(queue.get()[0]?.state).toBe('received'));
  });

  it('renews an expired token and sends the file again', async () => {
    let expired = true;
    const operations = serveApi({
      uploadFile: ({ file }: { file: File }) => {
        if (expired) throw Object.assign(new Error('Expired.'), { extensions: { code: 'UNAUTHENTICATED' } });
        return { upload: upload('u1', file.name), errors: [] };
      },
    });
    const tokens = {
      accessToken: () => 'token',
      refresh: async () => {
        expired = false;
        return true;
      },
    };
    const queue = createUploadQueue(tokens, () => undefined);
    queue.add([csv('a.csv')]);
    await settled(queue);
    expect(queue.get()[0]).toMatchObject({ state: 'received', uploadId: 'u1' });
    expect(operations).toHaveLength(2);
  });
});

describe('the uploads page', () => {
  it('takes several files, then shows how far reading them is', async () => {
    const uploads: ReturnType<typeof upload>[] = [];
    const { user } = await renderApp('/uploads', 'Uploads', {
      uploads: () => pageOf(uploads),
      uploadFile: ({ file }: { file: File }) => {
        const reading = job('RUNNING', {
          id: file.name,
          progressDone: 30,
          progressTotal: 120,
          progressLabel: 'Reading claims',
        });
        uploads.unshift(upload(file.name, file.name, { job: reading }));
        return { upload: uploads[0], errors: [] };
      },
    });
    await user.upload(screen.getByLabelText(/Choose files/), [csv('a.csv'), csv('b.csv')]);
    const list = await screen.findByRole('list', { name: 'Uploads' });
    await waitFor(() => expect(within(list).getAllByText('Reading claims · 25%')).toHaveLength(2));
    const sent = screen.getByRole('list', { name: 'Files being sent' });
    expect(within(sent).getAllByText(/Received/)).toHaveLength(2);
  });

  it('says so when the very same file came before', async () => {
    const earlier = upload('u1', 'a.csv');
    const { user } = await renderApp('/uploads', 'Uploads', {
      uploadFile: () => ({ upload: upload('u2', 'a.csv', { duplicateOf: earlier }), errors: [] }),
    });
    await user.upload(screen.getByLabelText(/Choose files/), csv('a.csv'));
    expect(await screen.findByText(/This very file was uploaded before/)).toBeInTheDocument();
  });

  it('names the archive a file came in', async () => {
    const archive = upload('z1', 'march.zip', { kind: 'ARCHIVE' });
    const file = upload('u1', 'a.csv', { container: archive });
    await renderApp('/uploads', 'Uploads', { uploads: () => pageOf([file, archive]) });
    const [ofFile, ofArchive] = within(await screen.findByRole('list', { name: 'Uploads' })).getAllByRole('listitem');
    expect(ofFile).toHaveTextContent('from march.zip');
    expect(ofArchive).toHaveTextContent('Archive');
    expect(ofArchive).not.toHaveTextContent('rejected');
  });

  it('offers no upload to a role that only reads', async () => {
    await renderApp('/uploads', 'Uploads', {}, READING);
    expect(await screen.findByText('Nothing uploaded yet')).toBeInTheDocument();
    expect(screen.queryByLabelText(/Choose files/)).not.toBeInTheDocument();
  });
});

describe("an upload's page", () => {
  it('lists the files of an archive, each with its own state, and asks on while they are read', async () => {
    const parts = [
      upload('u1', 'a.csv', { rowsQuarantined: 3 }),
      upload('u2', 'b.835', { job: job('RUNNING', { progressLabel: 'Reading remittances' }) }),
    ];
    const archive = () => upload('z1', 'march.zip', { kind: 'ARCHIVE', rowsQuarantined: 0, files: pageOf(parts) });
    await renderApp('/uploads/z1', 'march.zip', { upload: archive });
    const list = await screen.findByRole('list', { name: 'Files of the archive' });
    expect(within(list).getAllByRole('link')).toHaveLength(2);
    expect(list).toHaveTextContent('Reading remittances');
    expect(list).not.toHaveTextContent('from march.zip');
    expect(screen.queryByText('What it brought')).not.toBeInTheDocument();
    parts[1] = upload('u2', 'b.835', { claimsCreated: 4711 });
    await waitFor(() => expect(list).toHaveTextContent('4,711'), { timeout: 5000 });
  });

  it('leads from a file to the archive it came in', async () => {
    const container = upload('z1', 'march.zip', { kind: 'ARCHIVE' });
    await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv', { container }) });
    expect(screen.getByRole('link', { name: 'march.zip' })).toHaveAttribute('href', '/uploads/z1');
  });

  it('counts what came of it and lists rejected rows with line, field and reason', async () => {
    await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv') });
    expect(screen.getByText('New claims').nextSibling).toHaveTextContent('10');
    const row = await screen.findByRole('row', { name: /submitted_date/ });
    expect(
      within(row)
        .getAllByRole('cell')
        .map((cell) => cell.textContent),
    ).toEqual(['7', 'submitted_date', 'Use YYYY-MM-DD.']);
    expect(screen.getByRole('button', { name: 'Download to mend' })).toBeInTheDocument();
  });

  it('does not ask for rejected rows without the permission', async () => {
    const reading = EVERYTHING.filter((permission) => permission !== 'QUARANTINE_READ');
    const { operations } = await renderApp('/uploads/u1', 'a.csv', { upload: () => upload('u1', 'a.csv') }, reading);
    expect(screen.getByText(/Your role does not show them/)).toBeInTheDocument();
    expect(operations.some(({ name }) => name === 'RowErrors')).toBe(false);
  });

  it('is taken back after asking, with the number of claims it is about, then says that it was', async () => {
    const read = upload('u1', 'wrong.csv', { claimsCreated: 40, claimsUpdated: 2, job: job('SUCCEEDED') });
    const { user, operations } = await renderApp('/uploads/u1', 'wrong.csv', {
      upload: () => read,
      undoUpload: () => {
        Object.assign(read, { undoneAt: '2026-03-20T10:00:00Z', undoJob: job('SUCCEEDED') });
        return { upload: read, errors: [] };
      },
    });
    await user.click(screen.getByRole('button', { name: 'Take back' }));
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText(/brought 40 new claims and changed 2/)).toBeInTheDocument();
    expect(operations.some(({ name }) => name === 'UndoUpload')).toBe(false);
    await user.click(within(dialog).getByRole('button', { name: 'Take back' }));
    expect(await screen.findByText('This upload was taken back')).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Take back' })).not.toBeInTheDocument();
  });

  it('tells why reading failed and tries again', async () => {
    const failed = upload('u1', 'scan.pdf', {
      kind: 'UNKNOWN',
      rowsQuarantined: 0,
      job: job('FAILED', { error: { code: 'INVALID', field: null, message: 'This is a PDF.' } }),
    });
    const { user, operations } = await renderApp('/uploads/u1', 'scan.pdf', {
      upload: () => failed,
      retryUpload: () => ({ upload: failed, errors: [] }),
    });
    expect(screen.getByText('This is a PDF.')).toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Try again' }));
    await waitFor(() => expect(operations.some(({ name }) => name === 'RetryUpload')).toBe(true));
  });
});
