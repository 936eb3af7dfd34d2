/// <reference types="vite/client" />

declare module '*/docs/cookbook.md' {
  const examples: { title: string; query: string; variables: Record<string, unknown> }[];
  export default examples;
}
