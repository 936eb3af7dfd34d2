import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { describe, expect, it } from 'vitest';
import { createUploadQueue } from '@/app/uploads/queue';
import { serveApi, server } from '../../../tests/api';
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

const RESUMABLE = '/api/v1/uploads/resumable/';
const MB = 1 << 20;

/** The server's side of resumable uploads. `before` may answer a part in its place, by the part's offset. */
function serveParts(
  before: (offset: number) => Response | Promise<Response | undefined> | undefined = () => undefined,
) {
  const parts = { offsets: [] as number[], received: 0, size: 0, ended: false, announced: 0 };
  const one = `*${RESUMABLE}r1/`;
  const stands = () => ({ 'Upload-Offset': String(parts.received) });
  server.use(
    http.post(`*${RESUMABLE}`, ({ request }) => {
      parts.announced += 1;
      parts.received = 0;
      parts.size = Number(request.headers.get('Upload-Length'));
      return new HttpResponse(null, { status: 201, headers: { Location: `${RESUMABLE}r1/` } });
    }),
    http.head(one, () => new HttpResponse(null, { headers: stands() })),
    http.patch(one, async ({ request }) => {
      const offset = Number(request.headers.get('Upload-Offset'));
      parts.offsets.push(offset);
      const other = await before(offset);
      if (other) return other;
      parts.received += (await request.arrayBuffer()).byteLength;
      return new HttpResponse(null, { status: 204, headers: stands() });
    }),
    http.get(one, () => HttpResponse.json({ upload: { id: 'u9', duplicate_of: null } })),
    http.delete(one, () => {
      parts.ended = true;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  return parts;
}

const remembered = () => Object.keys(localStorage).filter((key) => key.startsWith('upstream-unfinished-upload:'));
const big = () => new File([new Uint8Array(20 * MB)], 'märz.csv', { lastModified: 1 });

describe('the way of large files', () => {
  it('goes in parts, each as far as the one before came', async () => {
    const parts = serveParts();
    const queue = createUploadQueue(signedIn, () => undefined);
    queue.add([big()]);
    await settled(queue);
    expect(parts.offsets).toEqual([0, 8 * MB, 16 * MB]);
    expect(queue.get()[0]).toMatchObject({ state: 'received', uploadId: 'u9', duplicate: false });
    expect(remembered()).toEqual([]);
  });

  it('goes on behind what has arrived when the same file is chosen after the tab was closed', async () => {
    const parts = serveParts((offset) =>
      offset === 8 * MB && parts.offsets.length < 3 ? HttpResponse.error() : undefined,
    );
    const first = createUploadQueue(signedIn, () => undefined);
    first.add([big()]);
    await settled(first);
    expect(first.get()[0]).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('what has arrived is kept'),
    });
    const second = createUploadQueue(signedIn, () => undefined);
    second.add([big()]);
    await settled(second);
    expect(parts.offsets).toEqual([0, 8 * MB, 8 * MB, 16 * MB]);
    expect(parts.announced).toBe(1);
    expect(second.get()[0]).toMatchObject({ state: 'received' });
  });

  it('begins anew where the server has deleted what had arrived', async () => {
    localStorage.setItem(`upstream-unfinished-upload:märz.csv:${20 * MB}:1`, `${RESUMABLE}gone/`);
    const parts = serveParts();
    server.use(http.head(`*${RESUMABLE}gone/`, () => new HttpResponse(null, { status: 404 })));
    const queue = createUploadQueue(signedIn, () => undefined);
    queue.add([big()]);
    await settled(queue);
    expect(parts.offsets[0]).toBe(0);
    expect(queue.get()[0]).toMatchObject({ state: 'received' });
  });

  it('renews a token that runs out on the way', async () => {
    let expired = true;
    serveParts((offset) =>
      offset && expired ? HttpResponse.json({ message: 'Expired.' }, { status: 401 }) : undefined,
    );
    const refresh = async () => {
      expired = false;
      return true;
    };
    const queue = createUploadQueue({ accessToken: () => 'token', refresh }, () => undefined);
    queue.add([big()]);
    await settled(queue);
    expect(queue.get()[0]).toMatchObject({ state: 'received' });
  });

  it('pauses, lets the next file go, and goes on', async () => {
    let slow = true;
    const parts = serveParts(async (offset) => {
      if (offset && slow) await new Promise((done) => setTimeout(done, 200));
      return undefined;
    });
    const { user } = await renderApp('/uploads', 'Uploads', {
      uploadFile: ({ file }: { file: File }) => ({ upload: upload('u1', file.name), errors: [] }),
    });
    await user.upload(screen.getByLabelText(/Choose files/), [big(), csv('b.csv')]);
    await waitFor(() => expect(parts.offsets).toContain(8 * MB));
    await user.click(screen.getByRole('button', { name: 'Pause märz.csv' }));
    expect(await screen.findByText(/Paused; .* have arrived and are kept for a day/)).toBeInTheDocument();
    expect(await screen.findByText(/Received/)).toBeInTheDocument();
    slow = false;
    await user.click(screen.getByRole('button', { name: 'Go on' }));
    await waitFor(() => expect(screen.getAllByText(/Received/)).toHaveLength(2));
  });

  it('takes what has arrived away from the server when it is cancelled', async () => {
    const parts = serveParts((offset) => (offset ? HttpResponse.error() : undefined));
    const { user } = await renderApp('/uploads', 'Uploads', {});
    await user.upload(screen.getByLabelText(/Choose files/), big());
    await user.click(await screen.findByRole('button', { name: 'Cancel märz.csv' }));
    await waitFor(() => expect(parts.ended).toBe(true));
    expect(screen.queryByText('märz.csv')).not.toBeInTheDocument();
    expect(remembered()).toEqual([]);
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
      upload('u1', 'a.csv', { rowsQuarantined: 3, rowsOpen: 3 }),
      upload('u2', 'b.835', { job: job('RUNNING', { progressLabel: 'Reading remittances' }) }),
    ];
    const findings = [{ position: 3, severity: 'error', code: 'invalid', message: 'File 3 of 3 was not taken.' }];
    const archive = () =>
      upload('z1', 'march.zip', { kind: 'ARCHIVE', rowsQuarantined: 0, rowsOpen: 0, findings, files: pageOf(parts) });
    await renderApp('/uploads/z1', 'march.zip', { upload: archive });
    const list = await screen.findByRole('list', { name: 'Files of the archive' });
    expect(within(list).getAllByRole('link')).toHaveLength(2);
    expect(list).toHaveTextContent('Reading remittances');
    expect(list).not.toHaveTextContent('from march.zip');
    expect(screen.queryByText('What it brought')).not.toBeInTheDocument();
    expect(screen.getByText('1 file could not be taken; the others were')).toBeInTheDocument();
    expect(screen.getByRole('columnheader', { name: 'File' })).toBeInTheDocument();
    parts[1] = upload('u2', 'b.835', { claimsCreated: 4711 });
    await waitFor(() => expect(list).toHaveTextContent('4,711'), { timeout: 5000 });
  });

  it('counts the answers of an acknowledgement, and no claims', async () => {
    await renderApp('/uploads/u1', 'a.277', { upload: () => upload('u1', 'a.277', { kind: 'X12_277CA' }) });
    expect(screen.getByText('Answers read').nextSibling).toHaveTextContent('12');
    expect(screen.queryByText('New claims')).not.toBeInTheDocument();
    expect(screen.queryByRole('link', { name: 'Open its claims' })).not.toBeInTheDocument();
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
    ).toEqual(['7', 'submitted_date', 'Use YYYY-MM-DD.', 'MendNot a claim']);
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
      rowsOpen: 0,
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
