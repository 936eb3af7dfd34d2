import '@testing-library/jest-dom/vitest';
import { cleanup } from '@testing-library/react';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { forgetAll } from '@/app/undo/undo';
import { server } from './api';

// What a browser lays out and this one does not.
Element.prototype.scrollIntoView = () => undefined;
Object.defineProperty(document, 'fonts', { value: new EventTarget() });
Object.defineProperty(HTMLElement.prototype, 'offsetParent', { get: () => document.body });

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  cleanup();
  forgetAll();
  server.resetHandlers();
  localStorage.clear();
});
afterAll(() => server.close());
