/** Whether this browser can make passkeys and sign with them; apart from what does, which is fetched when it is used. */
export const passkeysWork = (): boolean => typeof globalThis.PublicKeyCredential === 'function';
